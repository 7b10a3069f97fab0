import type {
  BuildRequest,
  SecretResolver,
} from '@slipway/backstage-plugin-workspaces-node';
import { Cluster, kinds } from '../client';
import { encoded } from '../engine/podParts';
import type { Names } from '../engine/names';
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

  constructor(options: { cluster: Cluster; names: Names }) {
    this.#cluster = options.cluster;
    this.#names = options.names;
  }

  /** Before the TaskRun is made, whose pod would wait for it. */
  async bring(
    { workspace, secrets }: BuildRequest,
    place: Place,
    resolver: SecretResolver,
    signal: AbortSignal,
  ): Promise<void> {
    if (secrets.length === 0) return;
    const values = await Promise.all(
      secrets.map(
        async ({ name, secret }) =>
          [name, await resolver.resolve(secret)] as const,
      ),
    );
    await this.#cluster.apply(
      {
        ...kinds.Secret,
        metadata: { ...place, labels: this.#names.workspace(workspace) },
        type: 'Opaque',
        data: encoded(Object.fromEntries(values)),
      },
      { signal },
    );
  }

  /** Lets it go with its TaskRun, should nobody be there to remove it when the build ends. */
  async bind({ secrets }: BuildRequest, run: TaskRun): Promise<void> {
    if (secrets.length === 0) return;
    const { apiVersion, kind, metadata } = run;
    const { name = '', namespace, uid } = metadata;
    const owner = { apiVersion, kind, name, uid };
    const change = { metadata: { ownerReferences: [owner] } };
    await this.#cluster.merge({ ...kinds.Secret, namespace, name }, change);
  }

  async remove(
    { secrets }: Pick<BuildRequest, 'secrets'>,
    place: Place,
  ): Promise<void> {
    if (secrets.length === 0) return;
    await this.#cluster.delete({ ...kinds.Secret, ...place });
  }
}
