import { Config, ConfigReader } from '@backstage/config';
import { InputError } from '@backstage/errors';
import type { JsonObject } from '@backstage/types';

const KEY = 'workspaces.kubernetes';

/**
 * The clusters of a configuration, each as if it were the only one under `workspaces.kubernetes`: of several, what one
 * does not say is as it stands beside their list, but for the registry where it names its own. None where no cluster is configured.
 *
 * @throws InputError - Where two have the same id.
 */
export function readClusters(config: Config): Config[] {
  const given = config.getOptionalConfig(KEY);
  if (!given) return [];
  const several = given.getOptionalConfigArray('clusters');
  if (!several) return [given];
  const { clusters: _, registry, ...common } = given.get<JsonObject>();
  const ids = new Set<string>();
  return several.map((cluster, index) => {
    const id = cluster.getString('id');
    if (ids.has(id)) {
      throw new InputError(
        `${KEY}.clusters[${index}].id: "${id}" is the id of another cluster in this list; give each its own`,
      );
    }
    ids.add(id);
    // Another registry is not to get the password of the common one.
    const shared = cluster.has('registry.address')
      ? common
      : { ...common, ...(registry !== undefined && { registry }) };
    return ConfigReader.fromConfigs([
      { context: `${KEY}`, data: at(shared) },
      { context: `${KEY}.clusters[${index}]`, data: at(cluster.get()) },
    ]).getConfig(KEY);
  });
}

function at(kubernetes: JsonObject): JsonObject {
  return { workspaces: { kubernetes } };
}
