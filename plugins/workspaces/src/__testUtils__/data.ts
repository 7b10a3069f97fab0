import type {
  App,
  Dependency,
  Diagnosis,
  Endpoint,
  LogLine,
  Run,
  Stage,
  StageName,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import {
  annotations,
  deployStages,
} from '@slipway/backstage-plugin-workspaces-common';

/** A time so many seconds before now, as the API writes it. */
export function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1_000).toISOString();
}

export const entity = {
  apiVersion: 'backstage.io/v1alpha1',
  kind: 'Component',
  metadata: {
    name: 'guestbook',
    namespace: 'default',
    annotations: {
      [annotations.workspace]: 'ws-guestbook',
      [annotations.app]: 'guestbook',
    },
  },
  spec: {
    type: 'service',
    lifecycle: 'experimental',
    owner: 'user:default/guest',
  },
};

export function workspace(change: Partial<Workspace> = {}): Workspace {
  return {
    id: 'w1',
    name: 'ws-guestbook',
    owner: 'user:default/guest',
    engine: 'local',
    size: 'small',
    createdBy: 'user:default/guest',
    createdAt: ago(86_400),
    apps: [
      {
        name: 'guestbook',
        entityRef: 'component:default/guestbook',
        spec: { name: 'guestbook', source: { type: 'upload', upload: 'u1' } },
        replicas: [],
      },
    ],
    dependencies: [],
    ...change,
  };
}

/** An app of which release 3 serves, with one replica that runs. */
export function servedApp(change: Partial<App> = {}): App {
  return {
    ...workspace().apps[0],
    release: 3,
    replicas: [
      {
        id: 'slipway.ws-guestbook.guestbook.r3.0',
        release: 3,
        state: 'running',
        restarts: 0,
        startedAt: ago(7_200),
        cpuCores: 0.42,
        memoryBytes: 123 * 1_048_576,
      },
    ],
    ...change,
  };
}

export function dependency(change: Partial<Dependency> = {}): Dependency {
  return {
    name: 'postgres',
    type: 'postgres',
    version: '16.4',
    host: 'postgres',
    port: 5432,
    database: 'app',
    username: 'app',
    state: 'running',
    restarts: 0,
    ...change,
  };
}

/** A workspace in which all is well. */
export function runningWorkspace(change: Partial<Workspace> = {}): Workspace {
  return workspace({
    observedAt: ago(2),
    present: true,
    apps: [servedApp()],
    dependencies: [dependency()],
    ...change,
  });
}

/** Stages of one app; the first `done` of them succeeded, each after `each` seconds, from `start` seconds ago. */
export function stages(options: {
  done: number;
  start: number;
  each?: number;
  app?: string;
}): Stage[] {
  const { done, start, each = 10, app = 'guestbook' } = options;
  return deployStages.map((name, index) => ({
    name,
    app: ofWorkspace(name) ? undefined : app,
    attempt: 1,
    ...(index < done
      ? {
          state: 'succeeded',
          startedAt: ago(start - index * each),
          endedAt: ago(start - (index + 1) * each),
        }
      : { state: 'pending' }),
  }));
}

function ofWorkspace(name: StageName): boolean {
  return name === 'provision' || name === 'dependencies';
}

/** Replaces one stage of a list. */
export function withStage(
  list: Stage[],
  name: StageName,
  change: Partial<Stage>,
): Stage[] {
  return list.map(stage =>
    stage.name === name ? { ...stage, ...change } : stage,
  );
}

export const diagnosis: Diagnosis = {
  code: 'BUILD_STEP_FAILED',
  cause:
    'The instruction RUN npm ci in line 7 of the Dockerfile ended with exit code 1',
  fix: 'Add package-lock.json to the source: npm ci needs it. Then deploy again.',
  fixedBy: 'user',
  evidence: [
    {
      kind: 'state',
      source: 'build step 5',
      at: ago(99),
      text: 'exit code: 1',
    },
    {
      kind: 'log',
      source: 'build step 5',
      at: ago(100),
      text: 'npm error The `npm ci` command can only install with an existing package-lock.json',
      first: true,
    },
  ],
};

export function run(change: Partial<Run> = {}): Run {
  return {
    id: 'r1',
    number: 1,
    workspace: 'w1',
    workspaceName: 'ws-guestbook',
    owner: 'user:default/guest',
    kind: 'deploy',
    state: 'succeeded',
    apps: ['guestbook'],
    createdBy: 'user:default/guest',
    createdAt: ago(3_605),
    startedAt: ago(3_600),
    endedAt: ago(3_520),
    epoch: 1,
    stages: stages({ done: 8, start: 3_600 }),
    ...change,
  };
}

/** A run that failed in build, 100 s after it began. */
export function failedRun(change: Partial<Run> = {}): Run {
  const failed = withStage(stages({ done: 2, start: 200 }), 'build', {
    state: 'failed',
    reason: 'exit code 1',
    startedAt: ago(180),
    endedAt: ago(100),
    diagnosis,
    logLines: 40,
  });
  return run({
    id: 'r2',
    number: 2,
    state: 'failed',
    reason: 'Cache thumbnails per size',
    createdAt: ago(205),
    startedAt: ago(200),
    endedAt: ago(100),
    diagnosis,
    stages: failed.map(stage =>
      stage.state === 'pending'
        ? { ...stage, state: 'skipped', reason: 'build failed' }
        : stage,
    ),
    ...change,
  });
}

/** A run whose build goes on. */
export function runningRun(change: Partial<Run> = {}): Run {
  return run({
    id: 'r3',
    number: 3,
    state: 'running',
    reason: 'Queue e-mails instead of sending inline',
    createdAt: ago(62),
    startedAt: ago(60),
    endedAt: undefined,
    worker: 'portal-backend-1',
    leaseUntil: ago(-26),
    stages: withStage(stages({ done: 2, start: 60 }), 'build', {
      state: 'running',
      startedAt: ago(40),
      heartbeatAt: ago(1),
      deadlineAt: ago(-860),
    }),
    ...change,
  });
}

export function endpoint(change: Partial<Endpoint> = {}): Endpoint {
  return {
    id: 'e1',
    workspace: 'w1',
    workspaceName: 'ws-guestbook',
    app: 'guestbook',
    entityRef: 'component:default/guestbook',
    owner: 'user:default/guest',
    url: 'http://127.0.0.1:18000/',
    stablePort: 18000,
    port: 8080,
    release: 3,
    state: 'healthy',
    observedAt: ago(2),
    latencyMilliseconds: 12.4,
    message: 'GET / answered 200',
    ...change,
  };
}

/** Lines of a log, the given texts at their lines and words of no meaning between them. */
export function logLines(
  count: number,
  texts: Record<number, string> = {},
): LogLine[] {
  return Array.from({ length: count }, (_, index) => {
    const line = index + 1;
    return {
      line,
      at: ago(count - index),
      text: texts[line] ?? `#7 ${line}: added 1 package`,
    };
  });
}
