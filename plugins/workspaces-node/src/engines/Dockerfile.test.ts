import { Dockerfile } from './Dockerfile';

const none = new Map<string, string>();

describe('images', () => {
  const text = [
    '# syntax=docker/dockerfile:1',
    'ARG VERSION=22 REGISTRY="registry.example"',
    'ARG BASE=${REGISTRY}/node:${VERSION}',
    'FROM ${BASE} AS Build',
    'COPY --from=tools.example/cli:2 /cli /cli',
    'RUN --mount=type=bind,from=assets.example/a:1,target=/a true',
    'FROM $REGISTRY/test:${MISSING:-1} AS test',
    'FROM build AS middle',
    'FROM scratch',
    'COPY --from=middle /app /app',
    'COPY --from=1 /report /report',
  ].join('\n');

  it('finds the images of FROM, COPY --from and RUN --mount, and takes no stage for one', () => {
    expect(new Dockerfile(text).images(undefined, none)).toEqual({
      needed: [
        'registry.example/node:22',
        'tools.example/cli:2',
        'assets.example/a:1',
        'registry.example/test:1',
      ],
      unneeded: [],
    });
  });

  it('leaves out what the target does not need', () => {
    expect(new Dockerfile(text).images('test', none)).toEqual({
      needed: ['registry.example/test:1'],
      unneeded: [
        'registry.example/node:22',
        'tools.example/cli:2',
        'assets.example/a:1',
      ],
    });
    expect(new Dockerfile(text).images('MIDDLE', none).unneeded).toEqual([
      'registry.example/test:1',
    ]);
    expect(new Dockerfile(text).images('0', none).unneeded).toEqual([
      'registry.example/test:1',
    ]);
  });

  it('needs everything for a target that is not there', () => {
    expect(new Dockerfile(text).images('nope', none).needed).toHaveLength(4);
  });

  it('takes arguments for those that stand before the first FROM, and no others', () => {
    const values = new Map([
      ['BASE', 'busybox'],
      ['MISSING', '2'],
    ]);
    expect(new Dockerfile(text).images(undefined, values).needed).toEqual([
      'busybox',
      'tools.example/cli:2',
      'assets.example/a:1',
      'registry.example/test:1',
    ]);
  });

  it('knows the image that reads the file', () => {
    expect(new Dockerfile(text).syntax).toBe('docker/dockerfile:1');
    expect(new Dockerfile('FROM scratch').syntax).toBeUndefined();
  });

  it('finds nothing in an empty file', () => {
    expect(new Dockerfile('').images(undefined, none)).toEqual({
      needed: [],
      unneeded: [],
    });
  });
});

describe('instructionOf', () => {
  const dockerfile = new Dockerfile(
    [
      '# a comment',
      'FROM busybox AS build',
      'WORKDIR /app',
      'ENV NAME=value',
      'COPY --chown=1000 package.json \\',
      '  # a comment in between',
      '',
      '  ./',
      'RUN echo $NAME \\',
      '  && npm ci',
      'RUN true',
      'FROM busybox',
      'copy --from=build /app /app',
      'RUN true',
      'RUN ["npm", "test"]',
    ].join('\n'),
  );

  it.each([
    ['[build 1/5] FROM docker.io/library/busybox', 'FROM busybox AS build', 2],
    ['[build 2/5] WORKDIR /app', 'WORKDIR /app', 3],
    [
      '[build 3/5] COPY --chown=1000 package.json     ./',
      'COPY --chown=1000 package.json ./',
      5,
    ],
    ['[build 4/5] RUN echo value   && npm ci', 'RUN echo $NAME && npm ci', 9],
    ['[build 5/5] RUN true', 'RUN true', 11],
    ['[stage-1 3/4] RUN true', 'RUN true', 14],
    [
      '[stage-1 2/4] COPY --from=build /app /app',
      'copy --from=build /app /app',
      13,
    ],
    [
      '[linux/amd64 stage-1 4/4] RUN ["npm", "test"]',
      'RUN ["npm", "test"]',
      15,
    ],
    ['[linux/amd64->arm64 build 5/5] RUN true', 'RUN true', 11],
  ])('finds what stands behind "%s"', (step, text, line) => {
    expect(dockerfile.instructionOf(step)).toMatchObject({ text, line });
  });

  it.each([
    '[internal] load metadata for docker.io/library/busybox:latest',
    'exporting to image',
    '[nowhere 1/2] RUN true',
    '[build 9/5] RUN something else',
    '[5/5] RUN true',
  ])('finds nothing behind "%s"', step => {
    expect(dockerfile.instructionOf(step)).toBeUndefined();
  });

  it('is not led astray by the triggers of a base image', () => {
    const child = new Dockerfile('FROM parent\nRUN echo x\n');
    expect(child.instructionOf('[2/2] RUN echo onbuild')).toMatchObject({
      line: 2,
    });
    expect(child.instructionOf('[3/2] RUN echo x')).toMatchObject({ line: 2 });
  });
});

describe('instructions', () => {
  it('reads Windows line ends and another escape character', () => {
    const { instructions } = new Dockerfile(
      '# escape=`\r\nFROM a\r\nRUN one `\r\n  two\r\nRUN c:\\\r\n',
    );
    expect(instructions).toEqual([
      { keyword: 'FROM', text: 'FROM a', line: 2, lastLine: 2, heredoc: false },
      {
        keyword: 'RUN',
        text: 'RUN one two',
        line: 3,
        lastLine: 4,
        heredoc: false,
      },
      {
        keyword: 'RUN',
        text: 'RUN c:\\',
        line: 5,
        lastLine: 5,
        heredoc: false,
      },
    ]);
  });

  it('takes a here-document for one instruction', () => {
    const dockerfile = new Dockerfile(
      'FROM a\nRUN <<EOF\necho one\nEOF\nRUN echo "1 << 2"\n',
    );
    expect(dockerfile.instructions.slice(1)).toMatchObject([
      { text: 'RUN <<EOF …', line: 2, lastLine: 4, heredoc: true },
      { text: 'RUN echo "1 << 2"', line: 5, heredoc: false },
    ]);
    expect(dockerfile.instructionAt(3)?.line).toBe(2);
    expect(dockerfile.instructionAt(9)).toBeUndefined();
  });
});
