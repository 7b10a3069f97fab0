import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  BuildRequest,
  SecretResolver,
} from '@slipway/backstage-plugin-workspaces-node';
import { Cluster, kinds } from '../client';
import type { Names } from '../engine/names';
import { encoded } from '../engine/podParts';
import { textOf } from '../failures';
import type { TaskRun } from './taskRun';

/** Where a Secret is. It has the name of its TaskRun. */
interface Place {
  namespace: string;
  name: string;
}

/**
 * The values that steps of a build may mount. Each build has a Secret of its own, for as long as it goes on; a build
 * without secrets has none.
 */
export class BuildSecrets {
  readonly #cluster: Cluster;
  readonly #names: Names;
  readonly #logger: LoggerService;

  constructor(options: {
    cluster: Cluster;
    names: Names;
    logger: LoggerService;
  }) {
    this.#cluster = options.cluster;
    this.#names = options.names;
    this.#logger = options.logger;
  }

  /**
   * Before the TaskRun is made, whose pod would wait for it. Not to be given up half way: it could come into being after
   * it was removed.
   */
  async bring(
    { workspace, secrets }: BuildRequest,
    place: Place,
    resolver: SecretResolver,
  ): Promise<void> {
    const values = await Promise.all(
      secrets.map(
        async ({ name, secret }) =>
          [name, await resolver.resolve(secret)] as const,
      ),
    );
    await this.#cluster.apply({
      ...kinds.Secret,
      metadata: { ...place, labels: this.#names.workspace(workspace) },
      type: 'Opaque',
      data: encoded(Object.fromEntries(values)),
    });
  }

  /** Lets it go with its TaskRun, should nobody be there to remove it when the build ends. */
  async bind({ apiVersion, kind, metadata }: TaskRun): Promise<void> {
    const { name = '', namespace, uid } = metadata;
    const owner = { apiVersion, kind, name, uid };
    const change = { metadata: { ownerReferences: [owner] } };
    await this.#despite(name, 'bound to its TaskRun', () =>
      this.#cluster.merge({ ...kinds.Secret, namespace, name }, change),
    );
  }

  async remove(place: Place): Promise<void> {
    await this.#despite(place.name, 'removed', () =>
      this.#cluster.delete({ ...kinds.Secret, ...place }),
    );
  }

  /** How a build ends does not hang on what is only to be tidied: one of the two ways is enough. */
  async #despite(
    name: string,
    what: string,
    work: () => Promise<unknown>,
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#logger.warn(
        `The Secret ${name} of a build could not be ${what}: ${textOf(error)}`,
      );
    }
  }
}
