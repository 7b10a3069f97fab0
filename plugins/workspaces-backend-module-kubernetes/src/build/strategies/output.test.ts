import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dockerfile } from '@slipway/backstage-plugin-workspaces-node/engines';
import type { BuildEvent } from '@slipway/backstage-plugin-workspaces-node';
import { BuildLog } from '../BuildLog';
import { buildFailure } from '../buildFailure';
import { BUILDING, FAILED, FETCHING, strategies } from '.';

type Other = 'buildah' | 'kaniko';

/** What they have written in a TaskRun: buildah 1.28 and kaniko 1.24. */
function recorded(builder: Other, name: string): string[] {
  const path = join(__dirname, '..', '__fixtures__', builder, `${name}.log`);
  return readFileSync(path, 'utf8').trimEnd().split('\n');
}

function read(builder: Other, lines: string[]) {
  const log = new BuildLog(strategies[builder]);
  const events: BuildEvent[] = [];
  for (const text of lines)
    events.push(...log.accept({ at: new Date(0), text }));
  const steps = events.flatMap(event =>
    event.type === 'step' ? [`${event.step.name}: ${event.step.state}`] : [],
  );
  return { log, steps };
}

const dockerfiles: Record<string, string> = {
  runfail:
    'FROM 10.99.0.1:5000/base/busybox:1.35\nRUN echo "npm ERR! missing script: build" >&2; \\\n   exit 3\n',
  syntax: 'FROM 10.99.0.1:5000/base/busybox:1.35\nRUNN echo oops\n',
  copymissing: 'FROM scratch\nCOPY package.json /package.json\n',
  missingbase: 'FROM 10.99.0.1:5000/base/does-not-exist:1\n',
  'denied.noauth': 'FROM scratch\nCOPY hello.txt /hello.txt\n',
  'denied.readonly': 'FROM scratch\nCOPY hello.txt /hello.txt\n',
};

const run = {
  instruction: 'RUN echo "npm ERR! missing script: build" >&2; exit 3',
  line: 2,
  exitCode: 3,
};
const copy = { instruction: 'COPY package.json /package.json', line: 2 };
const base = {
  image: '10.99.0.1:5000/base/does-not-exist:1',
  instruction: 'FROM 10.99.0.1:5000/base/does-not-exist:1',
  line: 1,
};

describe.each<[Other, [string, object, RegExp][]]>([
  [
    'buildah',
    [
      ['runfail', run, /^building at STEP "RUN .*": exit status 3$/],
      [
        'syntax',
        { instruction: 'RUNN echo oops', line: 2 },
        /Unknown instruction: "RUNN"/,
      ],
      ['copymissing', copy, /"\/package.json": no such file or directory$/],
      ['missingbase', base, /manifest unknown$/],
      [
        'denied.noauth',
        {
          registry: '10.99.0.1:5001',
          pushed: '10.99.0.1:5001/corpus/denied:buildah',
        },
        /unauthorized: authentication required$/,
      ],
      [
        'denied.readonly',
        {
          registry: '10.99.0.1:5002',
          pushed: '10.99.0.1:5002/corpus/denied:buildah',
        },
        /StatusCode: 405, Method not allowed$/,
      ],
    ],
  ],
  [
    'kaniko',
    [
      ['runfail', run, /waiting for process to exit: exit status 3$/],
      ['syntax', { line: 2 }, /unknown instruction: RUNN/],
      ['copymissing', copy, /package.json: no such file or directory$/],
      ['missingbase', base, /MANIFEST_UNKNOWN/],
      [
        'denied.noauth',
        {
          registry: '10.99.0.1:5001',
          pushed: '10.99.0.1:5001/corpus/denied:kaniko',
        },
        /UNAUTHORIZED: authentication required/,
      ],
      [
        'denied.readonly',
        {
          registry: '10.99.0.1:5002',
          pushed: '10.99.0.1:5002/corpus/denied:kaniko',
        },
        /unexpected status code 405 Method Not Allowed/,
      ],
    ],
  ],
])('a build with %s that failed', (builder, cases) => {
  it.each(cases)('by %s says where and why', (name, facts, text) => {
    const lines = [FETCHING, BUILDING, ...recorded(builder, name), FAILED];
    const { log, steps } = read(builder, lines);
    const written = new Dockerfile(dockerfiles[name]);
    const { evidence } = buildFailure(log, { written, built: written });
    expect(evidence[0]).toMatchObject({
      kind: 'error',
      first: true,
      text: expect.stringMatching(text),
      facts: { builder, ...facts },
    });
    const failed = steps.filter(step => step.endsWith(': failed'));
    expect(failed.length).toBe(log.failedStep ? 1 : 0);
  });

  it('shows the last that the step said', () => {
    const lines = [BUILDING, ...recorded(builder, 'runfail'), FAILED];
    const { log } = read(builder, lines);
    expect(buildFailure(log).evidence[1]).toMatchObject({
      kind: 'log',
      text: expect.stringContaining('npm ERR! missing script: build'),
    });
  });

  it('does not take what a command says for the end of the build', () => {
    const said = [
      'Error: not of buildah',
      'error building image: not of kaniko',
    ];
    const { log } = read(builder, [
      BUILDING,
      ...recorded(builder, 'multistage'),
      ...said,
    ]);
    expect(log.verdict).toBeUndefined();
    expect(log.failedStep).toBeUndefined();
  });

  it('while the bundle is fetched blames no instruction', () => {
    const lines = [FETCHING, ...recorded(builder, 'missingbase'), FAILED];
    const { log, steps } = read(builder, lines);
    expect(steps.at(-1)).toBe('Fetch the bundle: failed');
    expect(buildFailure(log).evidence[0].facts).toEqual({
      askedBy: 'builder',
      builder,
      fetches: 'bundle',
    });
  });
});

it.each<[Other, string[]]>([
  [
    'buildah',
    [
      '[2/2 1/4] FROM 10.99.0.1:5000/base/busybox:1.35: running',
      '[2/2 1/4] FROM 10.99.0.1:5000/base/busybox:1.35: done',
      '[2/2 2/4] COPY --from=build /out.txt /www/index.html: running',
      '[2/2 2/4] COPY --from=build /out.txt /www/index.html: done',
    ],
  ],
  [
    'kaniko',
    [
      'COPY --from=build /out.txt /www/index.html: running',
      'COPY --from=build /out.txt /www/index.html: done',
      'pushing the image: running',
      'pushing the image: done',
    ],
  ],
])('tells each step of %s as it begins and ends', (builder, expected) => {
  const { steps } = read(builder, [
    BUILDING,
    ...recorded(builder, 'multistage'),
  ]);
  expect(steps).toEqual(expect.arrayContaining(expected));
  expect(new Set(steps).size).toBe(steps.length);
});

it('does not take a layer that kaniko brings to its cache for the image', () => {
  const layer = 'r.test/a/cache:0f1e';
  const { log, steps } = read('kaniko', [
    BUILDING,
    'INFO[0001] RUN true',
    `INFO[0001] Pushing layer ${layer} to cache now`,
    'INFO[0001] RUN false',
    `INFO[0001] Pushing image to ${layer}`,
    'INFO[0001] Pushed r.test/a/cache@sha256:1',
    'error building image: exit status 1',
    FAILED,
  ]);
  expect(log.failedStep!.name).toBe('RUN false');
  expect(steps.slice(1)).toEqual([
    'RUN true: running',
    'RUN true: done',
    'RUN false: running',
    'RUN false: failed',
  ]);
});
