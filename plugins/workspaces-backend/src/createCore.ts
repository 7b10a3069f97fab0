import type {
  AuditorService,
  HttpAuthService,
  LoggerService,
  PermissionsRegistryService,
  PermissionsService,
  RootConfigService,
  UserInfoService,
} from '@backstage/backend-plugin-api';
import type { MetricsService } from '@backstage/backend-plugin-api/alpha';
import type { Knex } from 'knex';
import { Authorizer } from './api/authorize';
import { RunReader } from './api/RunReader';
import type { ApiServices } from './api/services';
import { StreamHub } from './api/stream/StreamHub';
import { Checks } from './checks/Checks';
import { portalChecks } from './checks/portalChecks';
import { registerStorage } from './checks/storage';
import { CleanUp } from './CleanUp';
import { diagnose } from './diagnosis/diagnose';
import { EndpointHistory } from './endpoints/EndpointHistory';
import { EndpointService } from './endpoints/EndpointService';
import { Gateway } from './endpoints/Gateway';
import { probeOnce } from './endpoints/probe';
import { readGatewaySettings } from './endpoints/settings';
import { AppLogCollector } from './logs/AppLogCollector';
import { LogStore } from './logs/LogStore';
import { workspaceSecretValues } from './logs/workspaceSecrets';
import { RunService } from './runs/RunService';
import { RunWorker } from './runs/RunWorker';
import { readRunSettings } from './runs/settings';
import { SecretKeys } from './secrets/SecretKeys';
import { SecretStore } from './secrets/SecretStore';
import { readKeepingSettings } from './settings';
import { readSourceSettings } from './sources/settings';
import { SourceService } from './sources/SourceService';
import { Changes } from './store/changes';
import { IdempotencyStore } from './store/IdempotencyStore';
import { Lists } from './store/Lists';
import { ReleaseImages } from './store/ReleaseImages';
import { RunStore } from './store/RunStore';
import { WorkspaceStore } from './store/WorkspaceStore';
import type { Engines } from './workspaces/Engines';
import { ImageRetention } from './workspaces/ImageRetention';
import { Planner } from './workspaces/plan';
import { References } from './workspaces/References';
import { readWorkspaceSettings } from './workspaces/settings';
import { WorkspaceObserver } from './workspaces/WorkspaceObserver';
import { WorkspaceService } from './workspaces/WorkspaceService';

/** What the core gets from its surroundings. */
export interface CoreOptions {
  knex: Knex;
  engines: Engines;
  config: RootConfigService;
  logger: LoggerService;
  metrics: MetricsService;
  auditor: AuditorService;
  httpAuth: HttpAuthService;
  userInfo: UserInfoService;
  permissions: PermissionsService;
  permissionsRegistry: PermissionsRegistryService;
}

/** The core, put together. */
export interface Core {
  api: ApiServices;
  changes: Changes;
  cleanUp: CleanUp;
  /** Begins to observe, to serve ports and to carry out runs. */
  start(): Promise<void>;
  /** Ends streams, and lets go of leases so that another replica carries on at once. */
  stop(): Promise<void>;
}

/** Puts the parts of the core together. Nothing runs before `start`. */
export async function createCore(options: CoreOptions): Promise<Core> {
  const { knex, engines, config, logger, auditor } = options;
  const keeping = readKeepingSettings(config);
  const settings = readWorkspaceSettings(config);
  const gatewaySettings = readGatewaySettings(config);
  const runSettings = readRunSettings(config);
  const enginesById = new Map(
    engines.all().map(({ engine }) => [engine.id, engine]),
  );
  const { directory } = keeping;

  const changes = new Changes();
  const lists = new Lists(knex);
  const idempotency = new IdempotencyStore(knex);
  const workspaceStore = new WorkspaceStore(knex);
  const images = new ReleaseImages(knex);
  const runStore = new RunStore(knex, { changes, limits: runSettings.limits });
  const logs = new LogStore(knex, changes);
  const secrets = new SecretStore(
    knex,
    await SecretKeys.create({ config, directory }),
  );
  const sources = new SourceService({
    knex,
    directory,
    settings: readSourceSettings(config),
    logger,
  });
  const endpoints = new EndpointService({
    knex,
    engines: enginesById,
    settings: gatewaySettings,
    changes,
  });
  const endpointHistory = new EndpointHistory(knex);
  const observer = new WorkspaceObserver({
    engines,
    workspaces: workspaceStore,
    changes,
    logger,
  });
  const references = new References({ knex, secrets, sources, endpoints });
  const workspaces = new WorkspaceService({
    knex,
    store: workspaceStore,
    secrets,
    idempotency,
    references,
    engines,
    observer,
    settings,
    defaultEngine: config.getOptionalString('workspaces.defaultEngine'),
    changes,
  });
  const checks = new Checks({
    engines,
    portal: portalChecks({
      knex,
      directory,
      gateway: gatewaySettings,
      engines,
      secrets,
    }),
    diagnose,
    logger,
  });
  const stream = new StreamHub({ changes, logger });
  const gateway = new Gateway({
    knex,
    endpoints,
    engines: enginesById,
    settings: gatewaySettings,
    changes,
    logger,
  });
  const appLogs = new AppLogCollector({
    knex,
    engines: enginesById,
    store: logs,
    changes,
    logger,
    secretValues: id => workspaceSecretValues(knex, secrets, id),
  });
  const worker = new RunWorker({
    store: runStore,
    services: {
      workspaces: workspaceStore,
      images,
      engines,
      observer,
      sources,
      secrets,
      endpoints,
      logs,
      changes,
      settings,
      diagnose,
      probe: probeOnce,
    },
    settings: runSettings,
    metrics: options.metrics,
    logger,
  });
  return {
    changes,
    api: {
      auditor,
      authorizer: new Authorizer({ ...options, workspaces: workspaceStore }),
      checks,
      endpoints,
      endpointHistory,
      engines,
      idempotency,
      lists,
      logger,
      logs,
      observer,
      planner: new Planner({ workspaces, checks, settings, logger }),
      references,
      runReader: new RunReader({
        runs: runStore,
        workspaces: workspaceStore,
        logs,
      }),
      runs: new RunService({
        runs: runStore,
        workspaces: workspaceStore,
        images,
        secrets,
        sources,
        engines,
      }),
      runStore,
      secrets,
      sources,
      stream,
      workspaces,
      workspaceStore,
    },
    cleanUp: new CleanUp({
      settings: keeping,
      workspaces: workspaceStore,
      images: new ImageRetention({
        engines,
        workspaces: workspaceStore,
        images,
        keep: keeping.releases,
        logger,
      }),
      logs,
      endpointHistory,
      sources,
      idempotency,
      secrets,
      logger,
    }),
    async start() {
      await registerStorage(knex, directory);
      await sources.start();
      observer.start();
      gateway.start();
      appLogs.start();
      worker.start();
    },
    async stop() {
      stream.close();
      await worker.stop(); // while observations still come in
      await Promise.all([observer.stop(), gateway.stop(), appLogs.stop()]);
    },
  };
}
