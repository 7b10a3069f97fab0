import type {
  Check,
  Endpoint,
  EndpointHistory,
  EndpointMoment,
  RunSummary,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import {
  ago,
  dependency,
  endpoint,
  failedRun,
  run,
  runningRun,
  runningWorkspace,
  servedApp,
  workspace,
} from '../src/__testUtils__/data';
import { summaryOf } from '../src/components/observed';

const MEBIBYTE = 1_048_576;

function deployed(
  name: string,
  apps: string[],
  change: Partial<Workspace> = {},
): Workspace {
  return runningWorkspace({
    id: name,
    name: `ws-${name}`,
    owner: 'group:default/team-aurora',
    apps: apps.map((app, index) =>
      servedApp({
        name: app,
        entityRef: `component:default/${app}`,
        release: 3 + index,
        replicas: [
          {
            id: `${name}-${app}`,
            release: 3 + index,
            state: 'running',
            restarts: 0,
            cpuCores: 0.04 * (index + 1),
            memoryBytes: (90 + 60 * index) * MEBIBYTE,
          },
        ],
      }),
    ),
    lastRun: summaryOf(
      run({ number: 12, apps, endedAt: ago(7_200 * (apps.length + 1)) }),
    ),
    ...change,
  });
}

const restarted: RunSummary = summaryOf(
  run({
    number: 41,
    kind: 'restart',
    state: 'cancelled',
    endedAt: ago(90_000),
  }),
);

/** Workspaces of others beside that of the entity, in every state. */
export const fleet: Workspace[] = [
  deployed('basket', ['basket', 'basket-worker']),
  deployed('catalog-images', ['catalog-images'], { size: 'medium' }),
  deployed('invoice-pdf', ['invoice-pdf', 'smtp-relay'], {
    owner: 'group:default/team-orion',
    engine: 'kubernetes',
    lastRun: summaryOf(failedRun({ number: 57, apps: ['invoice-pdf'] })),
  }),
  deployed('loyalty', ['loyalty'], {
    dependencies: [dependency({ state: 'restarting', restarts: 7 })],
  }),
  deployed('mail-relay', ['mail-relay'], {
    engine: 'kubernetes',
    present: undefined,
    observedAt: ago(840),
  }),
  deployed('payments-mock', ['payments-mock'], { lastRun: restarted }),
  deployed('reports', [], {
    present: false,
    size: 'large',
    apps: [
      servedApp({
        name: 'reports',
        entityRef: 'component:default/reports',
        replicas: [],
      }),
    ],
  }),
  deployed('search', ['search'], {
    lastRun: summaryOf(runningRun({ number: 33, apps: ['search'] })),
  }),
  workspace({ id: 'new', name: 'ws-new', apps: [], lastRun: undefined }),
];

export const fleetEndpoints: Endpoint[] = fleet.flatMap(
  ({ id, name, apps }, index) =>
    apps.slice(0, 1).map(app =>
      endpoint({
        id: `endpoint-${id}`,
        workspace: id,
        workspaceName: name,
        app: app.name,
        url: `http://127.0.0.1:${18_010 + index}/`,
        stablePort: 18_010 + index,
      }),
    ),
);

function minutes(states: [EndpointMoment['state'], number][]): EndpointHistory {
  const all = states.flatMap(([state, count]) =>
    Array.from({ length: count }, () => state),
  );
  return {
    intervalSeconds: 60,
    items: all.flatMap((state, index) => {
      if (state === 'unknown') return [];
      const failed = { down: 4, degraded: 2 }[state as string] ?? 0;
      return {
        at: ago((all.length - index) * 60),
        state,
        probes: 4,
        failed,
        latencyMilliseconds: failed === 4 ? undefined : 10 + (index % 7),
      };
    }),
  };
}

export const histories: Record<string, EndpointHistory> = {
  e1: minutes([
    ['healthy', 22],
    ['degraded', 1],
    ['down', 3],
    ['healthy', 12],
    ['unknown', 8],
    ['starting', 1],
    ['healthy', 13],
  ]),
  e3: minutes([
    ['healthy', 40],
    ['down', 20],
  ]),
};

function check(id: string, title: string, message: string): Check {
  return { id, title, message, state: 'passed', at: ago(40) };
}

export const checks: Check[] = [
  check('portal.database', 'Database', 'PostgreSQL 16.4 answers in 3 ms'),
  check('portal.clock', 'Clock of the database', 'differs by 0.2 s'),
  check('portal.engines', 'Engines', 'Installed: local, kubernetes'),
  check('portal.secrets', 'Keys of the secrets', 'All 3 keys are configured'),
  {
    ...check('portal.gateway', 'Stable ports', ''),
    state: 'failed',
    message: 'No port can be bound on 192.0.2.1: EADDRNOTAVAIL',
    fix: 'Set workspaces.gateway.host to an address of this machine',
    fixedBy: 'operator',
  },
  {
    ...check('portal.storage', 'Storage', ''),
    state: 'warning',
    message: 'The directory /var/lib/slipway is 84 % full, 41 GiB are left',
    fix: 'Free space there: bundles and uploads need it',
    fixedBy: 'operator',
  },
  {
    ...check('kubernetes.builder', 'kubernetes: builder', ''),
    state: 'unknown',
    message: 'Not answered within 15 s',
  },
  check(
    'local-engine-reachable',
    'local: the engine answers',
    'Docker 20.10.24 at unix:///var/run/docker.sock, 9 ms',
  ),
  check('local-builder', 'local: builder', 'builds with BuildKit'),
];
