import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildEvent } from '@slipway/backstage-plugin-workspaces-node';
import { BuildProgress } from './BuildProgress';
import { buildFailure } from './buildFailure';
import type { BuildMessage } from './connection';
import { Dockerfile } from '@slipway/backstage-plugin-workspaces-node/engines';
import { decodeTrace } from './trace';
import { logOf, stepsOf } from './__testUtils__/builds';

/** The answer of Docker 20.10 to a build of this Dockerfile without cache. */
const recorded: BuildMessage[] = readFileSync(
  join(__dirname, '__fixtures__', 'failed-build.jsonl'),
  'utf8',
)
  .trim()
  .split('\n')
  .map(line => JSON.parse(line));
const dockerfile = new Dockerfile(
  [
    'FROM busybox:1.35 AS tools',
    'RUN echo "grüße ✓"; printf "10%%\\r50%%\\r100%%\\n"; printf "no end"',
    'FROM busybox:1.35',
    'COPY --from=tools /etc/passwd /passwd',
    'RUN echo begun; echo "it went wrong" >&2; exit 9',
    '',
  ].join('\n'),
);

function follow(messages: BuildMessage[]) {
  const progress = new BuildProgress();
  const events: BuildEvent[] = messages.flatMap(message => [
    ...progress.accept(message),
  ]);
  events.push(...progress.end());
  return { progress, events };
}

describe('decodeTrace', () => {
  it('decodes vertexes', () => {
    const traces = recorded.flatMap(({ aux }) =>
      typeof aux === 'string' ? [decodeTrace(aux)] : [],
    );
    const vertexes = traces
      .flatMap(trace => trace.vertexes)
      .filter(({ name }) => name.startsWith('[stage-1 3/3]'));
    expect(vertexes[0]).toEqual({
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      name: '[stage-1 3/3] RUN echo begun; echo "it went wrong" >&2; exit 9',
      cached: false,
      started: false,
      completed: false,
      error: '',
    });
    expect(vertexes.at(-1)).toMatchObject({
      started: true,
      completed: true,
      error: expect.stringContaining('exit code: 9'),
    });
  });

  it('decodes logs with their times in milliseconds', () => {
    const traces = recorded.flatMap(({ aux }) =>
      typeof aux === 'string' ? [decodeTrace(aux)] : [],
    );
    const [log] = traces.flatMap(trace => trace.logs);
    expect(log.stream).toBe(1);
    expect(Buffer.from(log.bytes).toString()).toBe(
      'grüße ✓\n10%\r50%\r100%\nno end',
    );
    expect(log.at.toISOString()).toMatch(/^2026-11-21T/);
  });

  it('takes an empty message for nothing', () => {
    expect(decodeTrace('')).toEqual({ vertexes: [], logs: [] });
  });
});

describe('BuildProgress', () => {
  it('makes steps and lines of a recorded build', () => {
    const { events, progress } = follow(recorded);
    expect(logOf(events)).toEqual([
      'grüße ✓',
      '100%',
      'no end',
      'begun',
      'it went wrong',
    ]);
    expect(Object.values(stepsOf(events))).toEqual([
      ['cached'],
      ['running', 'done'],
      ['running', 'done'],
      ['running', 'failed'],
    ]);
    expect(progress.image).toBeUndefined();
    expect(progress.error).toMatch(/exit code: 9$/);
  });

  it('says the lines of a step before its end, also where the last has none', () => {
    const { events } = follow(recorded);
    const lastLine = events.findIndex(
      event => event.type === 'log' && event.text === 'no end',
    );
    const end = events.findIndex(
      event => event.type === 'step' && event.step.state === 'done',
    );
    expect(lastLine).toBeGreaterThan(-1);
    expect(lastLine).toBeLessThan(end);
  });

  it('says each state once, however often the engine repeats it', () => {
    const twice = recorded.flatMap(message =>
      message.id === 'moby.buildkit.trace' ? [message, message] : [message],
    );
    expect(stepsOf(follow(twice).events)).toEqual(
      stepsOf(follow(recorded).events),
    );
  });

  it('passes on what it does not know', () => {
    expect(
      follow([{ id: 'moby.something.new', aux: { a: 1 } }, {}]).events,
    ).toEqual([]);
  });

  it('keeps what a failure needs', () => {
    const { progress } = follow(recorded);
    const { evidence } = buildFailure(
      progress,
      progress.error ?? '',
      dockerfile,
    );
    expect(evidence).toEqual([
      expect.objectContaining({
        first: true,
        facts: {
          step: '[stage-1 3/3] RUN echo begun; echo "it went wrong" >&2; exit 9',
          instruction: 'RUN echo begun; echo "it went wrong" >&2; exit 9',
          line: 5,
          exitCode: 9,
        },
      }),
      expect.objectContaining({ kind: 'log', text: 'begun\nit went wrong' }),
    ]);
  });
});

describe('buildFailure', () => {
  it.each([
    ['dockerfile parse error line 5: unknown instruction: RUNN', { line: 5 }],
    [
      'dockerfile parse error on line 5: unknown instruction: RUNN (did you mean RUN?)',
      { line: 5 },
    ],
    [
      'process "/bin/sh -c npm ci" did not complete successfully: exit code: 137',
      { exitCode: 137 },
    ],
    [
      'executor failed running [/bin/sh -c npm ci]: exit code: 1',
      { exitCode: 1 },
    ],
    ['failed to copy files: write /x: no space left on device', {}],
  ])('reads the facts of "%s"', (verdict, facts) => {
    expect(
      buildFailure(new BuildProgress(), verdict, undefined).evidence,
    ).toEqual([
      {
        kind: 'error',
        source: 'container engine',
        at: expect.any(String),
        first: true,
        text: verdict,
        facts,
      },
    ]);
  });
});
