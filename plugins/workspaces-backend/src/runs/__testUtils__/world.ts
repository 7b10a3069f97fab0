import type { LoggerService } from '@backstage/backend-plugin-api';
import type { MetricsService } from '@backstage/backend-plugin-api/alpha';
import { ConfigReader } from '@backstage/config';
import {
  componentRef,
  finalRunStates,
  type AppSpec,
  type Run,
} from '@slipway/backstage-plugin-workspaces-common';
import type {
  ImageBuilder,
  WorkspaceEngine,
} from '@slipway/backstage-plugin-workspaces-node';
import type { Knex } from 'knex';
import { randomBytes, randomUUID } from 'node:crypto';
import { diagnose } from '../../diagnosis/diagnose';
import { EndpointService } from '../../endpoints/EndpointService';
import { readGatewaySettings } from '../../endpoints/settings';
import { LogStore, runLogStream } from '../../logs/LogStore';
import { SecretKeys } from '../../secrets/SecretKeys';
import { SecretStore } from '../../secrets/SecretStore';
import { Changes } from '../../store/changes';
import type { RunRow, WorkspaceRow } from '../../store/rows';
import type { RunLimits } from '../../store/runQueue';
import { ReleaseImages } from '../../store/ReleaseImages';
import { RunStore } from '../../store/RunStore';
import { toRun } from '../../store/runView';
import { Wakeup } from '../../store/Wakeup';
import { WorkspaceStore } from '../../store/WorkspaceStore';
import { readWorkspaceSettings } from '../../workspaces/settings';
import { RunService } from '../RunService';
import { RunWorker, type RunTiming } from '../RunWorker';
import type { RunServices } from '../services';

const emptyConfig = new ConfigReader({});

export interface WorldOptions {
  limits?: RunLimits;
  leaseMilliseconds?: number;
}

/** What stands for engine and builder. */
export interface WorldEngine {
  engine: WorkspaceEngine;
  builder: ImageBuilder;
}

/** The core around runs on a real database, with a double in place of engine and builder. */
export function openWorld<T extends WorldEngine>(
  knex: Knex,
  options: WorldOptions & {
    engine: T;
    logger: LoggerService;
    metrics: MetricsService;
  },
) {
  const { engine: scripted, logger } = options;
  const changes = new Changes();
  const runs = new RunStore(knex, {
    changes,
    limits: options.limits ?? { total: 20, perOwner: 20 },
    leaseMilliseconds: options.leaseMilliseconds,
  });
  const workspaces = new WorkspaceStore(knex);
  const images = new ReleaseImages(knex);
  const logs = new LogStore(knex, changes);
  const secrets = new SecretStore(
    knex,
    new SecretKeys([{ id: 'test', key: randomBytes(32) }]),
  );
  const endpoints = new EndpointService({
    knex,
    engines: new Map([['scripted', scripted.engine]]),
    settings: readGatewaySettings(emptyConfig),
    changes,
  });
  const fetched: string[] = [];
  const services: RunServices = {
    workspaces,
    images,
    logs,
    secrets,
    endpoints,
    changes,
    diagnose,
    engines: {
      get: () => ({ engine: scripted.engine, builder: scripted.builder }),
    },
    observer: { view: () => ({ current: false }) },
    settings: readWorkspaceSettings(emptyConfig),
    probe: async () => ({ ok: true, latencyMilliseconds: 1, message: 'ok' }),
    sources: {
      fetch: async ({ spec, log }) => {
        fetched.push(spec.url ?? spec.type);
        log(`fetches ${spec.url}`);
        return {
          bundle: 'b'.repeat(64),
          sizeBytes: 1,
          revision: 'abc',
          inspection: {
            dockerfiles: ['Dockerfile'],
            dockerfile: 'Dockerfile',
            runtime: 'node',
            baseImages: [],
            files: 1,
            sizeBytes: 1,
          },
        };
      },
      openBundle: () => {
        throw new Error('the double of a builder reads no bundle');
      },
      removeUnused: async () => {},
    },
  };
  const service = new RunService({
    runs,
    workspaces,
    images,
    secrets,
    sources: { validate: () => {} },
    engines: {
      get: () => ({ engine: scripted.engine, builder: scripted.builder }),
    },
  });
  return {
    knex,
    changes,
    runs,
    workspaces,
    images,
    logs,
    secrets,
    endpoints,
    scripted,
    fetched,
    services,
    service,
    logger,

    /** A workspace with apps, owned by a group of its own unless an owner is given. */
    async workspace(
      apps: Record<string, Partial<AppSpec>>,
      owner = `group:default/${randomUUID()}`,
    ): Promise<WorkspaceRow> {
      const id = randomUUID();
      const name = `ws-${id.slice(0, 8)}`;
      const now = Date.now();
      const workspace: WorkspaceRow = {
        id,
        name,
        live_name: name,
        owner,
        engine: 'scripted',
        size: 'small',
        last_run_number: 0,
        created_by: 'user:default/guest',
        created_at: now,
        deleted_at: null,
        receipt: null,
      };
      await workspaces.create({
        workspace,
        apps: Object.entries(apps).map(([app, spec], index) => ({
          workspace_id: id,
          name: app,
          entity_ref: componentRef(name, app),
          spec: JSON.stringify({
            name: app,
            source: { type: 'git', url: `https://git.test/${app}` },
            ...spec,
          }),
          serving_release: null,
          last_release: 0,
          created_at: now + index,
        })),
        dependencies: [],
      });
      return workspace;
    },

    /** Gives a workspace a cache, whose password is stored already. Answers the id of that. */
    async addCache(workspace: WorkspaceRow): Promise<string> {
      const { id } = await secrets.create({
        owner: workspace.owner,
        workspaceId: workspace.id,
        value: 'generated password',
        createdBy: 'user:default/guest',
      });
      await workspaces.update(workspace.id, {
        dependencies: [
          {
            workspace_id: workspace.id,
            name: 'redis',
            type: 'redis',
            spec: JSON.stringify({ name: 'redis', type: 'redis' }),
            password_secret: id,
            created_at: Date.now(),
          },
        ],
      });
      return id;
    },

    start(workspace: WorkspaceRow): Promise<RunRow> {
      return service.start(workspace, {}, { by: 'user:default/guest' });
    },

    worker(
      workerId: string,
      timing: Partial<RunTiming> = {},
      settings: { perReplica?: number; deadlines?: object } = {},
    ): RunWorker {
      return new RunWorker({
        store: runs,
        services,
        settings: { perReplica: 4, deadlines: {}, ...settings },
        metrics: options.metrics,
        logger,
        workerId,
        timing: { poll: 50, grace: 500, ...timing },
      });
    },

    async view(runId: string): Promise<Run> {
      // The run first, as the API does: what ended has stages that have ended.
      const row = await runs.get(runId);
      if (!row) throw new Error(`No run ${runId}`);
      const stages = await runs.stages([runId]);
      return toRun(row, stages, { workspaceName: '' });
    },

    /** Waits until the run is as wanted. */
    async until(
      runId: string,
      wanted: (run: Run) => boolean,
      limit = 20_000,
    ): Promise<Run> {
      const wakeup = new Wakeup(changes, [`run:${runId}`]);
      const signal = AbortSignal.timeout(limit);
      try {
        for (;;) {
          const run = await this.view(runId);
          if (wanted(run)) return run;
          if (signal.aborted) {
            throw new Error(`Still ${JSON.stringify(run, null, 1)}`);
          }
          await wakeup.wait(100, signal);
        }
      } finally {
        wakeup.close();
      }
    },

    /** Waits until the run has ended. */
    ended(runId: string): Promise<Run> {
      return this.until(runId, run => finalRunStates.includes(run.state));
    },

    async log(runId: string, stage: Run['stages'][number]['name'], app = '') {
      const { items } = await logs.page(
        runLogStream(runId, stage, app || undefined),
      );
      return items.map(line => line.text);
    },

    async messages(runId: string): Promise<string[]> {
      const events = await runs.events(runId, 0, 1000);
      return events.map(event => event.message);
    },
  };
}

/** `stage/app` to state, of the newest attempts. */
export function statesOf(run: Run): Record<string, string> {
  return Object.fromEntries(
    run.stages.map(({ name, app, state }) => [
      app ? `${name}/${app}` : name,
      state,
    ]),
  );
}
