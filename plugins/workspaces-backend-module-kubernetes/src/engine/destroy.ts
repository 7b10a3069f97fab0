import {
  labels,
  Receipt,
  ReceiptItem,
} from '@slipway/backstage-plugin-workspaces-common';
import { Cluster, ClusterObject, Pod, kinds, labelSelector } from '../client';
import { textOf } from '../failures';
import type { WorkspaceImages } from './images';
import type { Names } from './names';
import { Namespace, Places, appsOf } from './places';
import { labelOf, readParts, remove } from './prune';

/** In seconds: the shortest with which the kubelet still confirms the end. Nobody has to write anything down first. */
const GRACE = 1;

/** Removes a workspace, in the order in which things stand on each other, and says what became of each. */
export class Destroyer {
  readonly #cluster: Cluster;
  readonly #names: Names;
  readonly #places: Places;
  readonly #images: WorkspaceImages | undefined;
  readonly #items: ReceiptItem[] = [];

  constructor(options: {
    cluster: Cluster;
    names: Names;
    places: Places;
    images: WorkspaceImages | undefined;
  }) {
    this.#cluster = options.cluster;
    this.#names = options.names;
    this.#places = options.places;
    this.#images = options.images;
  }

  async destroy(workspace: string, signal: AbortSignal): Promise<Receipt> {
    const selector = labelSelector({
      [labels.instance]: this.#names.instance,
      [labels.workspace]: workspace,
    });
    const { items: namespaces } = await this.#cluster.list<Namespace>(
      kinds.Namespace,
      { labelSelector: selector },
      signal,
    );
    const { items: pods } = await this.#cluster.list<Pod>(
      kinds.Pod,
      { labelSelector: selector },
      signal,
    );
    if (namespaces.length === 0) {
      this.#items.push({
        kind: 'namespace',
        name: workspace,
        outcome: 'absent',
      });
    }
    const place = namespaces.find(
      ({ metadata }) => metadata.name === workspace,
    );
    const built = new Set([
      ...appsOf(place),
      ...pods.map(pod => labelOf(pod, labels.app)),
    ]);
    if (place) await this.#removeContent(workspace, signal);
    await this.#endPods(pods);
    await this.#removeImages(workspace, built, signal);
    for (const { metadata } of namespaces) {
      const name = metadata.name ?? '';
      await this.#note('namespace', name, async () => {
        await this.#cluster.delete({ ...kinds.Namespace, name });
        const left = await this.#places.untilGone(name, signal);
        if (left) throw new Error(left);
        return 'removed';
      });
    }
    return { at: new Date().toISOString(), items: this.#items };
  }

  async #removeContent(workspace: string, signal: AbortSignal): Promise<void> {
    const parts = await readParts(
      this.#cluster,
      this.#names,
      workspace,
      signal,
    );
    const claims = await this.#cluster.list(
      kinds.PersistentVolumeClaim,
      { namespace: workspace },
      signal,
    );
    await this.#removeAll('endpoint', parts.doors, signal);
    await this.#removeAll('app', parts.deployments, signal);
    await this.#removeAll('job', parts.jobs, signal);
    await this.#removeAll('dependency', parts.statefulSets, signal);
    await this.#removeAll('service', parts.services, signal);
    await this.#removeAll('volume', claims.items, signal);
  }

  async #removeAll(
    kind: string,
    objects: ClusterObject[],
    signal: AbortSignal,
  ): Promise<void> {
    for (const object of objects) {
      signal.throwIfAborted();
      await this.#note(kind, object.metadata.name ?? '', async () => {
        await remove(this.#cluster, object);
        return 'removed';
      });
    }
  }

  /** Their controllers are gone, so that nothing takes their place. */
  async #endPods(pods: Pod[]): Promise<void> {
    for (const { metadata } of pods) {
      const { name = '', namespace, uid } = metadata;
      await this.#cluster
        .delete({ ...kinds.Pod, namespace, name }, { grace: GRACE, uid })
        .catch(() => {}); // the namespace says what is left
    }
  }

  async #removeImages(
    workspace: string,
    apps: Set<string>,
    signal: AbortSignal,
  ): Promise<void> {
    const images = this.#images;
    if (!images) return;
    for (const app of apps) {
      if (app === '') continue; // of a dependency
      signal.throwIfAborted();
      let found: string[] = [];
      try {
        found = await images.of(workspace, app, signal);
      } catch (error) {
        signal.throwIfAborted();
        const reason = textOf(error);
        this.#items.push({ kind: 'image', name: app, outcome: 'left', reason });
      }
      for (const image of found) {
        await this.#note('image', image, () => images.remove(image, signal));
      }
    }
  }

  async #note(
    kind: string,
    name: string,
    work: () => Promise<'removed' | 'absent'>,
  ): Promise<void> {
    try {
      this.#items.push({ kind, name, outcome: await work() });
    } catch (error) {
      const reason = textOf(error);
      this.#items.push({ kind, name, outcome: 'left', reason });
    }
  }
}
