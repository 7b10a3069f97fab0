import type {
  Diagnosis,
  Run,
  Stage,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';

const BEGIN = Date.parse('2026-05-01T10:00:00.000Z');

/** A moment, so many seconds after the run was accepted. */
export function at(seconds: number): string {
  return new Date(BEGIN + seconds * 1000).toISOString();
}

export function workspace(name: string, apps: string[]): Workspace {
  return {
    id: `id-of-${name}`,
    name,
    owner: 'user:default/mock',
    engine: 'local',
    size: 'small',
    createdBy: 'user:default/mock',
    createdAt: at(0),
    dependencies: [],
    apps: apps.map(app => ({
      name: app,
      entityRef: `component:default/${name.slice('ws-'.length)}.${app}`,
      spec: { name: app, source: { type: 'upload', upload: 'u' } },
      replicas: [],
    })),
  };
}

export function queuedRun(of: Workspace, apps: string[], id = 'r1'): Run {
  return {
    id,
    number: Number(id.slice(1)),
    workspace: of.id,
    workspaceName: of.name,
    owner: of.owner,
    kind: 'deploy',
    state: 'queued',
    apps,
    createdBy: of.createdBy,
    createdAt: at(0),
    epoch: 0,
    stages: [],
  };
}

export const provisioned: Stage = {
  name: 'provision',
  attempt: 1,
  state: 'succeeded',
  startedAt: at(1),
  endedAt: at(1.4),
};

export const building: Stage = {
  name: 'build',
  app: 'web',
  attempt: 1,
  state: 'running',
  startedAt: at(2),
};

export const built: Stage = {
  ...building,
  state: 'succeeded',
  endedAt: at(82),
};

export const brokenStep: Diagnosis = {
  code: 'BUILD_STEP_FAILED',
  cause: 'RUN npm ci in line 7 of the Dockerfile ended with exit code 1.',
  fix: 'Correct that instruction, then retry.',
  fixedBy: 'user',
  evidence: [
    { kind: 'log', source: 'build', at: at(9), text: 'later line' },
    {
      kind: 'log',
      source: 'step 5 of 7',
      at: at(8),
      text: '\nnpm error code E404\nnpm error 404 Not Found',
      first: true,
    },
  ],
};

export const buildFailed: Stage = {
  ...building,
  state: 'failed',
  endedAt: at(9),
  reason: 'exit code 1',
  diagnosis: brokenStep,
};

export const deploySkipped: Stage = {
  name: 'deploy',
  app: 'web',
  attempt: 1,
  state: 'skipped',
  endedAt: at(9),
  reason: 'build failed',
};
