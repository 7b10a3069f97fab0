import { isDeepStrictEqual } from 'node:util';
import type { LoggerService } from '@backstage/backend-plugin-api';
import type { V1Service } from '@kubernetes/client-node';
import { Cluster, ClusterObject, Pod, kinds } from '../client';
import { Names, SERVES, publicName, selectors } from '../engine/names';
import { requireOwn } from '../engine/ownership';
import { untilNodesFollow, untilServiceLeads } from '../engine/serviceLeads';
import { livingPods } from '../engine/watch';
import { clusterFailure } from '../failures';
import { noAddress } from './failure';
import { nodeAddress } from './nodeAddress';
import { PublicApp, renderAdmission, renderPublicService } from './objects';
import { Routes } from './Routes';
import type { EndpointSettings } from './settings';

type Service = V1Service & ClusterObject;

/** The addresses at which people reach apps. */
export class Endpoints {
  readonly #cluster: Cluster;
  readonly #names: Names;
  readonly #settings: EndpointSettings;
  readonly #routes: Routes;
  readonly #context: { logger: LoggerService; signal: AbortSignal };

  constructor(options: {
    cluster: Cluster;
    names: Names;
    settings: EndpointSettings;
    logger: LoggerService;
    signal: AbortSignal;
  }) {
    this.#cluster = options.cluster;
    this.#names = options.names;
    this.#settings = options.settings;
    this.#routes = new Routes(options);
    this.#context = options;
  }

  /**
   * Lets requests from outside reach the pods of an app: people's, and those of the API server, which asks whether
   * they are ready and comes from outside as well.
   */
  async admit(target: PublicApp): Promise<void> {
    await this.#apply(renderAdmission(this.#names, target), target);
  }

  /**
   * Leads the address of an app to the first replicas of a release, and ends when it does.
   *
   * @returns The address.
   */
  async lead(
    target: PublicApp,
    to: { release: number; replicas: number },
  ): Promise<string> {
    const settings = this.#settings;
    if (settings.type !== 'nodePort') {
      await this.#routes.requirePossible(target, settings);
    }
    await this.admit(target);
    const { pods, areMarked } = await this.#mark(target, to);
    const { nodePort, isSwitched } = await this.#switch(target, to.release);
    const { workspace: namespace, app } = target;
    await untilServiceLeads(
      this.#cluster,
      { namespace, name: publicName(app), changed: areMarked || isSwitched },
      pods,
      this.#context,
    );
    if (settings.type !== 'nodePort') {
      return this.#routes.lead(target, settings);
    }
    if (isSwitched) await this.#routes.close(target);
    const address = settings.nodeAddress ?? (await nodeAddress(this.#cluster));
    if (!address) throw noAddress(app, 'no node of the cluster is ready');
    return `http://${urlHost(address)}:${nodePort}`;
  }

  /** Takes the address away, and ends when nothing answers there: the app's pods are closed to requests from outside. */
  async close(target: PublicApp): Promise<void> {
    const { workspace: namespace, app } = target;
    await this.#routes.close(target);
    const name = publicName(app);
    const removed = await this.#cluster.delete({
      ...kinds.Service,
      namespace,
      name,
    });
    await this.#cluster.delete({ ...kinds.NetworkPolicy, namespace, name });
    if (removed === 'asked') await untilNodesFollow(this.#context.signal);
  }

  /**
   * Notes at the pods of a release which of them get requests from outside.
   *
   * @returns Those that do, and whether it was another thing that was noted before.
   */
  async #mark(
    { workspace: namespace, app }: PublicApp,
    { release, replicas }: { release: number; replicas: number },
  ): Promise<{ pods: Pod[]; areMarked: boolean }> {
    const selection = { namespace, labels: selectors.release(app, release) };
    const pods = livingPods(
      await this.#cluster.present<Pod>(kinds.Pod, selection),
    );
    let areMarked = false;
    for (const [index, { metadata }] of pods.entries()) {
      const serves = index < replicas ? 'yes' : 'no';
      if (metadata.labels?.[SERVES] === serves) continue;
      areMarked = true;
      await this.#cluster.merge(
        { ...kinds.Pod, namespace, name: metadata.name ?? '' },
        { metadata: { labels: { [SERVES]: serves } } },
      );
    }
    return { pods: pods.slice(0, replicas), areMarked };
  }

  /** @returns The port of the nodes, which stays what it was, and whether the Service leads elsewhere now. */
  async #switch(
    target: PublicApp,
    release: number,
  ): Promise<{ nodePort: number | undefined; isSwitched: boolean }> {
    const reference = {
      ...kinds.Service,
      namespace: target.workspace,
      name: publicName(target.app),
    };
    const found = await this.#cluster.get<Service>(reference);
    const before = nodePortOf(found);
    const service = renderPublicService(this.#names, target, release, {
      onNodes: this.#settings.type === 'nodePort',
      nodePort: before,
    });
    requireOwn(found, service);
    const applied = await this.#apply<Service>(service, target);
    const nodePort = nodePortOf(applied);
    const isSwitched =
      nodePort !== before ||
      !isDeepStrictEqual(found?.spec?.selector, applied.spec?.selector);
    return { nodePort, isSwitched };
  }

  async #apply<T extends ClusterObject>(
    object: ClusterObject,
    { app }: PublicApp,
  ): Promise<T> {
    try {
      return (await this.#cluster.apply(object)) as T;
    } catch (error) {
      throw clusterFailure(`Could not give ${app} its address`, error);
    }
  }
}

function nodePortOf(service: Service | undefined): number | undefined {
  return service?.spec?.ports?.[0]?.nodePort;
}

/** An address as it stands in a URL. */
function urlHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
