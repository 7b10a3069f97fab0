import { resolvePackagePath } from '@backstage/backend-plugin-api';
import { mockServices } from '@backstage/backend-test-utils';
import { metricsServiceMock } from '@backstage/backend-test-utils/alpha';
import type { Knex } from 'knex';
import { ScriptedEngine } from './ScriptedEngine';
import { openWorld, type WorldOptions } from './world';

export { statesOf, type WorldOptions } from './world';

export type World = ReturnType<typeof openWorld<ScriptedEngine>>;

/** A world on an empty database, with a {@link ScriptedEngine}. */
export async function createWorld(
  knex: Knex,
  options: WorldOptions = {},
): Promise<World> {
  await migrate(knex);
  const logger = mockServices.logger.mock();
  logger.child.mockImplementation(() => logger);
  return openWorld(knex, {
    ...options,
    engine: new ScriptedEngine(),
    logger,
    metrics: metricsServiceMock.mock(),
  });
}

export async function migrate(knex: Knex): Promise<void> {
  await knex.migrate.latest({
    directory: resolvePackagePath(
      '@slipway/backstage-plugin-workspaces-backend',
      'migrations',
    ),
  });
}
