import {
  AuditorService,
  coreServices,
  createBackendModule,
  LifecycleService,
  LoggerService,
  SchedulerService,
} from '@backstage/backend-plugin-api';
import { Config, readDurationFromConfig } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { durationToMilliseconds } from '@backstage/types';
import {
  labelProblem,
  WorkspaceSize,
} from '@slipway/backstage-plugin-workspaces-common';
import {
  workspaceEnginesExtensionPoint,
  type WorkspaceEnginesExtensionPoint,
} from '@slipway/backstage-plugin-workspaces-node';
import { readBuilders, TektonBuilder } from './build';
import { Cluster } from './client';
import { readClusters } from './clusters';
import { readEndpointSettings } from './endpoints/settings';
import { WorkspaceImages, imageSource } from './engine/images';
import { Names } from './engine/names';
import { DEFAULT_SIZES, SizeLimits } from './engine/place';
import { HELPER_IMAGE } from './engine/sockets';
import { USUAL_PATIENCE } from './engine/verdict';
import { KubernetesEngine } from './KubernetesEngine';
import { OciRegistry } from './registry';
import { NodeTrust, healNewNodes, readTrustSettings } from './trust';

const DEFAULT_READINESS_TIMEOUT = { seconds: 60 };
/** In milliseconds. */
const REMOVAL_TIMEOUT = 120_000;
const DEFAULT_START_TIMEOUT = { minutes: 5 };

interface Services {
  logger: LoggerService;
  lifecycle: LifecycleService;
  scheduler: SchedulerService;
  auditor: AuditorService;
  engines: WorkspaceEnginesExtensionPoint;
}

/**
 * Engine on a cluster and builder on its Tekton, for each cluster that is configured. It does nothing where
 * `workspaces.kubernetes` is not configured.
 *
 * @public
 */
export const workspacesModuleKubernetes = createBackendModule({
  pluginId: 'workspaces',
  moduleId: 'kubernetes',
  register(registration) {
    registration.registerInit({
      deps: {
        config: coreServices.rootConfig,
        logger: coreServices.logger,
        lifecycle: coreServices.lifecycle,
        scheduler: coreServices.scheduler,
        auditor: coreServices.auditor,
        engines: workspaceEnginesExtensionPoint,
      },
      async init({ config, ...deps }) {
        const clusters = readClusters(config);
        if (clusters.length === 0) {
          deps.logger.info(
            'workspaces.kubernetes is not configured: no cluster',
          );
        }
        const images =
          config.getOptional<Record<string, string>>('workspaces.images') ?? {};
        for (const given of clusters) {
          await addCluster(given, images, deps);
        }
      },
    });
  },
});

/** Adds the engine and the builder of one cluster. */
async function addCluster(
  given: Config,
  images: Record<string, string>,
  { logger, lifecycle, scheduler, auditor, engines }: Services,
): Promise<void> {
  const id = label(given, 'id') ?? 'kubernetes';
  const names = new Names(label(given, 'instance') ?? 'slipway');
  const cluster = Cluster.open({
    kubeconfig: given.getOptionalString('kubeconfig'),
    context: given.getOptionalString('context'),
  });
  const registry = readRegistry(given.getConfig('registry'));
  lifecycle.addShutdownHook(async () => {
    await Promise.all([cluster.close(), registry.close()]);
  });
  const trustSettings = readTrustSettings(given.getConfig('registry'));
  const trust = new NodeTrust({
    cluster,
    registry,
    names,
    settings: trustSettings,
    image: trustSettings.image ?? imageSource(images)(HELPER_IMAGE),
    logger,
  });
  if (trustSettings.newNodes) {
    await healNewNodes({ id, trust, scheduler, auditor, logger });
  }
  const reachable = given.getOptionalStringArray('reachable') ?? [];
  engines.addEngine({
    engine: new KubernetesEngine({
      id,
      cluster,
      instance: names.instance,
      place: {
        sizes: readSizes(given),
        reachable,
        pullSecret: registry.dockerConfig(),
      },
      endpoints: readEndpointSettings(given.getOptionalConfig('endpoints')),
      images: new WorkspaceImages(registry),
      imageSources: images,
      users: given.getOptional<Record<string, number>>('users'),
      storageClass: given.getOptionalString('storageClass'),
      helperImage: HELPER_IMAGE,
      timeouts: {
        removal: REMOVAL_TIMEOUT,
        patience: duration(given, 'patience', {
          milliseconds: USUAL_PATIENCE,
        }),
        start: duration(given, 'startTimeout', DEFAULT_START_TIMEOUT),
        readiness: duration(
          given,
          'readinessTimeout',
          DEFAULT_READINESS_TIMEOUT,
        ),
      },
      trust,
      logger,
    }),
    builder: new TektonBuilder({
      cluster,
      registry,
      names,
      builders: readBuilders(given.getOptionalConfig('builds')),
      images,
      reachable,
      logger,
    }),
  });
}

function label(given: Config, key: string): string | undefined {
  const value = given.getOptionalString(key);
  const problem = value === undefined ? undefined : labelProblem(value);
  if (problem) throw new InputError(`workspaces.kubernetes.${key}: ${problem}`);
  return value;
}

function duration(given: Config, key: string, otherwise: object): number {
  return durationToMilliseconds(
    given.has(key) ? readDurationFromConfig(given, { key }) : otherwise,
  );
}

function readRegistry(given: Config): OciRegistry {
  return new OciRegistry({
    address: given.getString('address'),
    username: given.getOptionalString('username'),
    password: given.getOptionalString('password'),
    caFile: given.getOptionalString('caFile'),
    plainHttp: given.getOptionalBoolean('plainHttp'),
  });
}

function readSizes(given: Config): Record<WorkspaceSize, SizeLimits> {
  const size = (name: WorkspaceSize): SizeLimits => {
    const found = given.getOptionalConfig(`sizes.${name}`);
    const value = (key: keyof SizeLimits) =>
      found?.getOptionalNumber(key) ?? DEFAULT_SIZES[name][key];
    return {
      cpuCores: value('cpuCores'),
      memoryMiB: value('memoryMiB'),
      pods: value('pods'),
      volumes: value('volumes'),
      volumeGiB: value('volumeGiB'),
    };
  };
  return {
    small: size('small'),
    medium: size('medium'),
    large: size('large'),
  };
}
