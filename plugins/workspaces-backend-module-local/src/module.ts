import { homedir } from 'node:os';
import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { durationToMilliseconds } from '@backstage/types';
import { readDurationFromConfig } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { labelProblem } from '@slipway/backstage-plugin-workspaces-common';
import { workspaceEnginesExtensionPoint } from '@slipway/backstage-plugin-workspaces-node';
import { LocalBuilder } from './build/LocalBuilder';
import { EngineConnection } from './connection';
import { Images } from './images';
import { LocalEngine } from './LocalEngine';
import { findEngine } from './location';

const DEFAULT_READINESS_TIMEOUT = { seconds: 60 };

/**
 * Engine and builder on the container engine of this machine, unless `workspaces.local.enabled` says otherwise.
 *
 * @public
 */
export const workspacesModuleLocal = createBackendModule({
  pluginId: 'workspaces',
  moduleId: 'local',
  register(registration) {
    registration.registerInit({
      deps: {
        config: coreServices.rootConfig,
        logger: coreServices.logger,
        engines: workspaceEnginesExtensionPoint,
      },
      async init({ config, logger, engines }) {
        const local = config.getOptionalConfig('workspaces.local');
        if (local?.getOptionalBoolean('enabled') === false) {
          logger.info('workspaces.local.enabled is false: no local engine');
          return;
        }
        const instance = local?.getOptionalString('instance') ?? 'slipway';
        const problem = labelProblem(instance);
        if (problem) {
          throw new InputError(`workspaces.local.instance: ${problem}`);
        }
        const readinessTimeout = durationToMilliseconds(
          local?.has('readinessTimeout')
            ? readDurationFromConfig(local, { key: 'readinessTimeout' })
            : DEFAULT_READINESS_TIMEOUT,
        );
        const location = await findEngine({
          dockerHost: local?.getOptionalString('dockerHost'),
          environment: process.env,
          homeDirectory: homedir(),
        });
        logger.info(
          `Workspaces live on the container engine ${location.url} (by ${location.foundBy})`,
        );
        const connection = new EngineConnection(location);
        const { docker } = connection;
        const images = new Images(
          docker,
          config.getOptional<Record<string, string>>('workspaces.images') ?? {},
        );
        engines.addEngine({
          engine: new LocalEngine({
            connection,
            images,
            instance,
            readinessTimeout,
          }),
          builder: new LocalBuilder({
            docker,
            images,
            instance,
            caBundle: config.getOptionalString('workspaces.builds.caBundle'),
            logger,
          }),
        });
      },
    });
  },
});
