import { BuilderUnderTest } from './__testUtils__/builds';

const under = new BuilderUnderTest();

jest.setTimeout(60_000);
afterAll(() => under.removeImages());

describe('a build that fails', () => {
  it('names the instruction, its line and its exit code, and keeps the last lines', async () => {
    const { evidence, message } = await under.failureOf({
      Dockerfile: [
        '# comment',
        'FROM busybox:1.35',
        'RUN true',
        'RUN echo before >&2 \\',
        '  && echo wrong >&2 \\',
        '  && exit 7',
      ].join('\n'),
    });
    expect(message).toContain('exit code: 7');
    expect(evidence).toEqual([
      {
        kind: 'error',
        source: '[3/3] RUN echo before >&2   && echo wrong >&2   && exit 7',
        at: expect.any(String),
        first: true,
        text: expect.stringMatching(
          /^executor failed running \[\/bin\/sh -c echo before .*\]: exit code: 7$/,
        ),
        facts: {
          step: '[3/3] RUN echo before >&2   && echo wrong >&2   && exit 7',
          instruction: 'RUN echo before >&2 && echo wrong >&2 && exit 7',
          line: 4,
          exitCode: 7,
        },
      },
      {
        kind: 'log',
        source: expect.stringContaining('[3/3]'),
        at: expect.any(String),
        text: 'before\nwrong',
      },
    ]);
  });

  it('names the step that failed first, not the one that was cancelled with it', async () => {
    const { evidence } = await under.failureOf({
      Dockerfile: [
        'FROM busybox:1.35 AS slow',
        `RUN echo ${under.mark}; sleep 60`,
        'FROM busybox:1.35 AS failing',
        'RUN exit 3',
        'FROM busybox:1.35',
        'COPY --from=slow /x /x',
        'COPY --from=failing /x /x',
      ].join('\n'),
    });
    expect(evidence[0].facts).toEqual({
      step: '[failing 2/2] RUN exit 3',
      instruction: 'RUN exit 3',
      line: 4,
      exitCode: 3,
    });
  });

  it('tells two equal instructions apart', async () => {
    const { evidence } = await under.failureOf({
      Dockerfile: [
        'FROM busybox:1.35',
        'RUN test -e /flag || touch /flag',
        'RUN rm /flag',
        'RUN rm /flag',
      ].join('\n'),
    });
    expect(evidence[0].facts).toMatchObject({
      instruction: 'RUN rm /flag',
      line: 4,
      exitCode: 1,
    });
  });

  it('gives the line of a syntax error', async () => {
    const { evidence } = await under.failureOf({
      Dockerfile: 'FROM busybox:1.35\n\nRUNN true\n',
    });
    expect(evidence[0]).toMatchObject({
      source: 'container engine',
      text: expect.stringContaining(
        'dockerfile parse error line 3: unknown instruction: RUNN',
      ),
      facts: { line: 3, instruction: 'RUNN true' },
    });
  });

  it('names the instruction that copies a file which is not there', async () => {
    const { evidence } = await under.failureOf({
      Dockerfile: 'FROM busybox:1.35\nRUN true\nCOPY nope.json /x\n',
    });
    expect(evidence[0]).toMatchObject({
      text: expect.stringContaining('"/nope.json" not found'),
      facts: {
        step: '[3/3] COPY nope.json /x',
        instruction: 'COPY nope.json /x',
        line: 3,
      },
    });
  });

  it('says that there is no Dockerfile', async () => {
    const { evidence } = await under.failureOf(
      { 'README.md': 'no' },
      { dockerfile: 'deploy/Dockerfile' },
    );
    expect(evidence[0].text).toMatch(
      /failed to read dockerfile: open .*deploy\/Dockerfile: no such file or directory/,
    );
  });

  it('names the base image that cannot be had, with what the engine said', async () => {
    const { evidence } = await under.failureOf(
      { Dockerfile: 'FROM registry.invalid/nope:1\nRUN true\n' },
      { baseImages: ['registry.invalid/nope:1'] },
    );
    expect(evidence[0]).toMatchObject({
      first: true,
      text: expect.stringContaining('registry.invalid'),
      facts: { image: 'registry.invalid/nope:1' },
    });
  });

  it('names the image that a COPY --from cannot have', async () => {
    const { evidence } = await under.failureOf({
      Dockerfile:
        'FROM busybox:1.35\nCOPY --from=registry.invalid/nope:1 /x /x\n',
    });
    expect(evidence[0].facts).toMatchObject({
      image: 'registry.invalid/nope:1',
    });
  });

  it('does not pass over a here-document that the engine cannot read', async () => {
    const { evidence } = await under.failureOf({
      Dockerfile: 'FROM busybox:1.35\nRUN <<EOF\necho hello\nEOF\n',
    });
    expect(evidence[0]).toMatchObject({
      text: expect.stringContaining('unknown instruction: ECHO'),
      facts: { line: 2 },
    });
    expect(evidence.at(-1)?.text).toContain('here-document');
  });

  it('gives what the tools say of a full disk', async () => {
    const { evidence } = await under.failureOf({
      Dockerfile:
        'FROM busybox:1.35\nRUN --mount=type=tmpfs,target=/t echo data > /dev/full\n',
    });
    expect(evidence[1]).toMatchObject({
      kind: 'log',
      text: expect.stringMatching(/no space left on device/i),
    });
  });
});
