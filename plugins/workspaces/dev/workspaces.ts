import type {
  Release,
  Replica,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import {
  ago,
  dependency,
  failedRun,
  runningWorkspace,
  servedApp,
  workspace,
} from '../src/__testUtils__/data';
import { summaryOf } from '../src/components/observed';

function replica(change: Partial<Replica>): Replica {
  return {
    id: '4f1c2a9be07d11aa',
    release: 3,
    state: 'running',
    restarts: 0,
    startedAt: ago(10_800),
    cpuCores: 0.42,
    memoryBytes: 240 * 1_048_576,
    ...change,
  };
}

function app(name: string, replicas: Replica[], desired: number) {
  return servedApp({
    name,
    entityRef: `component:default/${name}`,
    spec: { ...workspace().apps[0].spec, name, replicas: desired },
    replicas,
  });
}

const killed = { reason: 'out of memory', exitCode: 137, at: ago(120) };

/** Several apps, of which one is killed again and again. */
export const degraded: Workspace = runningWorkspace({
  apps: [
    app(
      'guestbook',
      [replica({}), replica({ id: '9a0c77e1b2f0', cpuCores: 0.38 })],
      2,
    ),
    app(
      'worker',
      [
        replica({
          id: '77c2aa0412bd',
          restarts: 3,
          lastExit: killed,
          startedAt: ago(118),
          memoryBytes: 246 * 1_048_576,
        }),
      ],
      1,
    ),
    app('importer', [], 0),
    { ...workspace().apps[0], name: 'preview', replicas: [] },
  ],
  dependencies: [
    dependency(),
    dependency({
      name: 'redis',
      type: 'redis',
      version: '7.4',
      host: 'redis',
      port: 6379,
      database: undefined,
      username: undefined,
      state: 'restarting',
      restarts: 2,
      lastExit: { reason: 'error', exitCode: 1, at: ago(30) },
    }),
  ],
  lastRun: summaryOf(failedRun({ number: 27 })),
});

/** What was seen before the engine fell silent. */
export const unseen: Workspace = {
  ...degraded,
  observedAt: ago(310),
  present: undefined,
  apps: degraded.apps.map(each => ({
    ...each,
    replicas: each.replicas.map(({ cpuCores, memoryBytes, ...before }) => ({
      ...before,
      state: 'unknown',
    })),
  })),
  dependencies: degraded.dependencies.map(each => ({
    ...each,
    state: 'unknown',
  })),
};

/** Releases of the guestbook, one of them past a migration. */
export const releases: Release[] = [1, 2, 3].map(number => ({
  workspace: 'w1',
  app: 'guestbook',
  number,
  run: `f${number + 19}`,
  image: `slipway/ws-guestbook/guestbook@sha256:${String(number).repeat(64)}`,
  revision: `${number}f0c3e9${'ab12'.repeat(9)}`.slice(0, 40),
  migration: number === 3 ? 'npm run migrate' : undefined,
  createdAt: ago(90_000 - number * 20_000),
  state: number === 3 ? 'serving' : 'superseded',
}));
