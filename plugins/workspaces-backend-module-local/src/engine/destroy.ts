import type Docker from 'dockerode';
import {
  imageRepository,
  labels,
  Receipt,
  ReceiptItem,
} from '@slipway/backstage-plugin-workspaces-common';
import { forEach } from '@slipway/backstage-plugin-workspaces-node/engines';
import { engineFailure, engineText, isNotFound } from '../failures';
import type { Containers, OwnContainer } from './containers';
import type { Networks } from './networks';
import type { Volumes } from './volumes';

const AT_A_TIME = 8;

/** An image that was built for the workspace. */
interface BuiltImage {
  id: string;
  /** For people: a tag, or the id where it has none. */
  name: string;
}

/** Removes a workspace, in the order in which things stand on each other, and says what became of each. */
export class Destroyer {
  readonly #docker: Docker;
  readonly #containers: Containers;
  readonly #networks: Networks;
  readonly #volumes: Volumes;
  readonly #items: ReceiptItem[] = [];

  constructor(options: {
    containers: Containers;
    networks: Networks;
    volumes: Volumes;
  }) {
    this.#docker = options.containers.docker;
    this.#containers = options.containers;
    this.#networks = options.networks;
    this.#volumes = options.volumes;
  }

  async destroy(workspace: string, signal: AbortSignal): Promise<Receipt> {
    const containers = await this.#containers.list(workspace);
    const isDependency = ({ identity }: OwnContainer) =>
      identity.kind === 'dependency';
    await this.#removeContainers(
      containers.filter(container => !isDependency(container)),
      signal,
    );
    await this.#removeContainers(containers.filter(isDependency), signal);
    const networks = await this.#networks.list(workspace);
    const own = this.#containers.identities.network(workspace);
    for (const name of new Set([...networks, own])) {
      signal.throwIfAborted();
      await this.#note('network', name, () => this.#networks.remove(name));
    }
    for (const name of await this.#volumes.list(workspace)) {
      signal.throwIfAborted();
      await this.#note('volume', name, () => this.#volumes.remove(name));
    }
    for (const { id, name } of await this.#images(workspace)) {
      signal.throwIfAborted();
      await this.#note('image', name, () => this.#removeImage(id));
    }
    return { at: new Date().toISOString(), items: this.#items };
  }

  /** Their data goes as well: nobody has to write anything down first. */
  async #removeContainers(
    containers: OwnContainer[],
    signal: AbortSignal,
  ): Promise<void> {
    await forEach(containers, AT_A_TIME, signal, ({ name, identity }, shared) =>
      this.#note(identity.kind, name, async () => {
        await this.#containers.remove(name, shared, { graceSeconds: 0 });
        return 'removed';
      }),
    );
  }

  async #note(
    kind: string,
    name: string,
    remove: () => Promise<'removed' | 'absent'>,
  ): Promise<void> {
    try {
      this.#items.push({ kind, name, outcome: await remove() });
    } catch (error) {
      const reason = engineText(error);
      this.#items.push({ kind, name, outcome: 'left', reason });
    }
  }

  /** Images inherit the labels of those they are made from: somebody's own image has its own name. */
  async #images(workspace: string): Promise<BuiltImage[]> {
    const { identities } = this.#containers;
    const filters = identities.filter({ [labels.workspace]: workspace });
    const prefix = imageRepository(workspace, '');
    const found = await this.#docker
      .listImages({ filters: JSON.stringify(filters) })
      .catch(error => {
        throw engineFailure('Could not list images', error);
      });
    return found
      .map(image => ({
        id: image.Id,
        tags: (image.RepoTags ?? []).filter(tag => tag !== '<none>:<none>'),
      }))
      .filter(({ tags }) => tags.every(tag => tag.startsWith(prefix)))
      .map(({ id, tags }) => ({ id, name: tags[0] ?? id }));
  }

  async #removeImage(id: string): Promise<'removed' | 'absent'> {
    try {
      await this.#docker.getImage(id).remove({ force: true });
      return 'removed';
    } catch (error) {
      if (isNotFound(error)) return 'absent';
      throw error;
    }
  }
}
