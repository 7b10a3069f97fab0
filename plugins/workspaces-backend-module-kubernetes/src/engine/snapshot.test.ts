import type { Pod } from '../client';
import { observationOf, replicaState } from './snapshot';

function pod(parts: {
  name?: string;
  labels?: Record<string, string>;
  deleted?: boolean;
  status?: object;
  state?: object;
  lastState?: object;
  restarts?: number;
}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: parts.name ?? 'sample-r2-x',
      labels: parts.labels ?? {
        'slipway.dev/app': 'sample',
        'slipway.dev/release': '2',
      },
      ...(parts.deleted ? { deletionTimestamp: new Date() } : {}),
    },
    status: {
      phase: 'Running',
      ...parts.status,
      ...(parts.state
        ? {
            containerStatuses: [
              {
                name: 'app',
                image: '',
                imageID: '',
                ready: true,
                restartCount: parts.restarts ?? 0,
                state: parts.state,
                lastState: parts.lastState,
              },
            ],
          }
        : {}),
    },
  } as unknown as Pod;
}

const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };
const terminated = (exitCode: number, reason = 'Error') => ({
  terminated: { exitCode, reason, finishedAt: '2026-01-01T00:01:00Z' },
});

describe('replicaState', () => {
  it.each([
    ['running', pod({ state: running })],
    ['running', pod({ state: running, deleted: true })],
    ['stopped', pod({ state: terminated(0), deleted: true })],
    ['starting', pod({ status: { phase: 'Pending' } })],
    ['starting', pod({ state: { waiting: { reason: 'ContainerCreating' } } })],
    ['failed', pod({ state: { waiting: { reason: 'ImagePullBackOff' } } })],
    [
      'restarting',
      pod({ state: { waiting: { reason: 'CrashLoopBackOff' } }, restarts: 1 }),
    ],
    ['failed', pod({ status: { phase: 'Failed', reason: 'Evicted' } })],
    ['unknown', pod({ status: { phase: 'Unknown' } })],
  ])('is %s', (state, seen) => {
    expect(replicaState(seen)).toBe(state);
  });
});

describe('observationOf', () => {
  const observe = (...pods: Pod[]) =>
    observationOf('ws-a', pods, true, ({ metadata }) =>
      metadata.name === 'used'
        ? { cpuCores: 0.5, memoryBytes: 1024 }
        : undefined,
    );

  it('says how each replica is, how it ended before, and what it uses', () => {
    const seen = observe(
      pod({
        name: 'used',
        state: running,
        lastState: terminated(137, 'OOMKilled'),
        restarts: 2,
      }),
    );
    expect(seen).toMatchObject({ workspace: 'ws-a', present: true });
    expect(seen.apps).toEqual([
      {
        name: 'sample',
        replicas: [
          {
            id: 'used',
            release: 2,
            state: 'running',
            restarts: 2,
            startedAt: '2026-01-01T00:00:00.000Z',
            lastExit: {
              exitCode: 137,
              reason: 'out of memory',
              at: '2026-01-01T00:01:00.000Z',
            },
            cpuCores: 0.5,
            memoryBytes: 1024,
          },
        ],
      },
    ]);
  });

  it('calls killed what was told to go, however it went', () => {
    const seen = observe(pod({ state: terminated(0), deleted: true }));
    expect(seen.apps[0].replicas[0].lastExit?.reason).toBe('killed');
  });

  it('knows dependencies, and leaves jobs out', () => {
    const seen = observe(
      pod({ labels: { 'slipway.dev/dependency': 'database' }, state: running }),
      pod({
        labels: { 'slipway.dev/app': 'sample', 'slipway.dev/work': 'x' },
        state: running,
      }),
    );
    expect(seen.apps).toEqual([]);
    expect(seen.dependencies).toEqual([
      { name: 'database', state: 'running', restarts: 0 },
    ]);
  });
});
