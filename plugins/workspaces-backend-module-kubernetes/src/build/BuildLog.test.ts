import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildEvent } from '@slipway/backstage-plugin-workspaces-node';
import { BuildLog } from './BuildLog';
import { buildFailure } from './buildFailure';
import { BUILDING, FETCHING, strategies } from './strategies';

/** What rootless BuildKit 0.33 has written in a TaskRun. */
function recorded(name: string): string[] {
  const path = join(__dirname, '__fixtures__', 'buildkit', `${name}.log`);
  return readFileSync(path, 'utf8').trimEnd().split('\n');
}

function read(lines: string[]) {
  const log = new BuildLog(strategies.buildkit);
  const events: BuildEvent[] = [];
  for (const text of lines)
    events.push(...log.accept({ at: new Date(0), text }));
  const steps = events.flatMap(event =>
    event.type === 'step' ? [`${event.step.name}: ${event.step.state}`] : [],
  );
  const texts = events.flatMap(event =>
    event.type === 'log' ? [event.text] : [],
  );
  return { log, steps, texts };
}

const building = (name: string) =>
  read([FETCHING, BUILDING, ...recorded(name)]);

const base =
  '10.99.0.1:5000/base/busybox:1.35@sha256:4fab5c5575107512c7199239a1bfdbec1bab1f4f19e1b08cc34dc47e4fcbc3e0';

describe('the output of a build', () => {
  it('tells each step once, those that run side by side as well', () => {
    const { steps, texts } = building('multistage');
    const debian =
      '10.99.0.1:5000/base/debian:12@sha256:8b466dddc3717aa1b4bfe7336e82d037f04519b6565e8bf54e50a121314ae631';
    const run =
      '[build 2/2] RUN echo "hello, built on $(cat /etc/debian_version)" > /out.txt';
    expect(steps).toEqual([
      'Fetch the bundle: running',
      'Fetch the bundle: done',
      `[build 1/2] FROM ${debian}: running`,
      `[build 1/2] FROM ${debian}: done`,
      `[stage-1 1/2] FROM ${base}: running`,
      `[stage-1 1/2] FROM ${base}: done`,
      `${run}: running`,
      `${run}: done`,
      '[stage-1 2/2] COPY --from=build /out.txt /www/index.html: running',
      '[stage-1 2/2] COPY --from=build /out.txt /www/index.html: done',
      'exporting to image: running',
      'exporting to image: done',
    ]);
    expect(texts).toEqual([]);
  });

  it('knows what a step prints from what BuildKit says of it', () => {
    const { steps, texts } = read([
      BUILDING,
      '#5 [2/3] RUN sh',
      '#5 0.100 error: not of BuildKit',
      '#5 0.101 ==> Building',
      '#5 0.102 #5 DONE 1.0s',
      '#5 0.103   1 | >>> RUN',
      '#5 0.104 ',
      '#5 DONE 0.1s',
      '#6 [3/3] RUN true',
      '#6 CACHED',
    ]);
    expect(texts).toEqual([
      'error: not of BuildKit',
      '==> Building',
      '#5 DONE 1.0s',
      '  1 | >>> RUN',
      '',
    ]);
    expect(steps.slice(1)).toEqual([
      '[2/3] RUN sh: running',
      '[2/3] RUN sh: done',
      '[3/3] RUN true: running',
      '[3/3] RUN true: cached',
    ]);
  });

  it('does not count a cache that is not there yet as a failure', () => {
    const { log, steps } = read([
      BUILDING,
      '#4 importing cache manifest from r.test/a:cache',
      '#4 ERROR: failed to configure registry cache importer: r.test/a:cache: not found',
      ...recorded('multistage'),
    ]);
    expect(steps.filter(step => step.endsWith('failed'))).toEqual([]);
    expect(log.failedStep).toBeUndefined();
  });

  it('keeps the last lines of a step that prints without end', () => {
    const endless = Array.from({ length: 5000 }, (_, n) => `#5 0.1 line ${n}`);
    const { log, texts } = read([
      BUILDING,
      '#5 [1/1] RUN yes',
      ...endless,
      '#5 ERROR: x',
      'error: failed to solve: x',
    ]);
    expect(texts).toHaveLength(5001);
    expect(log.failedStep!.lines).toHaveLength(50);
    expect(log.failedStep!.lines.at(-1)).toBe('line 4999');
  });
});

describe('a build that failed', () => {
  it.each([
    [
      'runfail',
      {
        instruction: 'RUN echo "npm ERR! missing script: build" >&2; exit 3',
        line: 2,
        exitCode: 3,
        step: '[2/2] RUN echo "npm ERR! missing script: build" >&2; exit 3',
      },
      /did not complete successfully: exit code: 3$/,
    ],
    [
      'syntax',
      { instruction: 'RUNN echo oops', line: 2 },
      /dockerfile parse error on line 2: unknown instruction: RUNN/,
    ],
    [
      'copymissing',
      { instruction: 'COPY package.json /package.json', line: 2 },
      /"\/package.json": not found$/,
    ],
    [
      'missingbase',
      {
        image: '10.99.0.1:5000/base/does-not-exist:1',
        instruction: 'FROM 10.99.0.1:5000/base/does-not-exist:1',
        line: 1,
      },
      /failed to resolve source metadata .*: not found$/,
    ],
    [
      'denied.noauth',
      {
        registry: '10.99.0.1:5001',
        pushed: '10.99.0.1:5001/corpus/denied:buildkit-rootless',
        step: 'exporting to image',
      },
      /failed to push .*: 401 Unauthorized$/,
    ],
    [
      'denied.readonly',
      {
        registry: '10.99.0.1:5002',
        pushed: '10.99.0.1:5002/corpus/denied:buildkit-rootless',
      },
      /405 Method Not Allowed/,
    ],
  ])('by %s says where and why', (name, facts, text) => {
    const { evidence } = buildFailure(building(name).log);
    expect(evidence[0]).toMatchObject({
      kind: 'error',
      first: true,
      text: expect.stringMatching(text),
      facts,
    });
  });

  it('shows the last that the step said', () => {
    const { evidence } = buildFailure(building('runfail').log);
    expect(evidence[1]).toMatchObject({
      kind: 'log',
      text: 'npm ERR! missing script: build',
    });
  });

  it('while the bundle is fetched blames no instruction', () => {
    const { log, steps } = read([FETCHING, ...recorded('missingbase')]);
    expect(steps.at(-1)).toBe('Fetch the bundle: failed');
    const [first] = buildFailure(log).evidence;
    expect(first.source).toBe('bundle');
    expect(first.facts).toEqual({
      askedBy: 'builder',
      builder: 'BuildKit, rootless',
      fetches: 'bundle',
    });
  });

  it('shows what rootless BuildKit said where a node does not let it start', () => {
    const said =
      '[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: operation not permitted';
    const { log } = read([said, 'error: BuildKit did not start']);
    expect(buildFailure(log).evidence).toMatchObject([
      { kind: 'error', text: 'BuildKit did not start', first: true },
      { kind: 'log', text: expect.stringContaining(said) },
    ]);
  });

  it('joins an instruction of several lines', () => {
    const { log } = read([
      BUILDING,
      'Dockerfile:3',
      '--------------------',
      '   2 |     RUN true',
      '   3 | >>> RUN echo one && \\',
      '   4 | >>>     exit 3',
      '   5 |     ',
      'error: failed to solve: process did not complete successfully: exit code: 3',
    ]);
    expect(log.place).toEqual({
      line: 3,
      instruction: 'RUN echo one && exit 3',
    });
  });
});
