import type { LoggerService } from '@backstage/backend-plugin-api';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import { Cluster, ClusterObject, kinds, referenceTo } from '../client';
import { EvidenceReader, eventEvidence } from '../engine/evidence';
import type { Names } from '../engine/names';
import { Watch } from '../engine/watch';
import { clusterFailure } from '../failures';
import { listIfKnown, noteKind } from './doors';
import { noAddress } from './failure';
import { PublicApp, renderRoute } from './objects';
import { obstacleOf } from './obstacles';
import { missingOf } from './routeState';
import { NamedEndpoints, hostOf } from './settings';

/** In milliseconds: how long a controller may take to take up a route. */
const TAKEN_UP_WITHIN = 20_000;
const KINDS = [kinds.Ingress, kinds.HTTPRoute];

/** Leads host names to the Services of apps, by Ingresses or by routes of a Gateway. */
export class Routes {
  readonly #cluster: Cluster;
  readonly #names: Names;
  readonly #context: { logger: LoggerService; signal: AbortSignal };

  constructor(options: {
    cluster: Cluster;
    names: Names;
    logger: LoggerService;
    signal: AbortSignal;
  }) {
    this.#cluster = options.cluster;
    this.#names = options.names;
    this.#context = options;
  }

  /** Refuses what cannot come to be, before anything is made. */
  async requirePossible(
    target: PublicApp,
    settings: NamedEndpoints,
  ): Promise<void> {
    const { signal } = this.#context;
    const obstacle = await obstacleOf(this.#cluster, settings, signal);
    if (obstacle !== undefined) throw noAddress(target.app, obstacle);
    await this.#requireOwnHost(target, settings);
  }

  /**
   * Makes the route of an app, and ends when its controller says that it serves it.
   *
   * @returns The address.
   */
  async lead(target: PublicApp, settings: NamedEndpoints): Promise<string> {
    const route = renderRoute(this.#names, target, settings);
    await this.#cluster.apply(route).catch(error => {
      throw clusterFailure(`Could not give ${target.app} its address`, error);
    });
    noteKind(this.#cluster, route);
    await this.close(target, route.kind);
    await this.#untilTakenUp(route, target);
    const host = hostOf(settings, target.workspace, target.app);
    return `${settings.tls ? 'https' : 'http'}://${host}`;
  }

  /** Removes the routes of an app, but for those of one kind. */
  async close({ workspace, app }: PublicApp, kept?: string): Promise<void> {
    for (const route of await this.#list(workspace)) {
      const isOf = route.metadata.labels?.[labels.app] === app;
      if (isOf && route.kind !== kept) {
        await this.#cluster.delete(referenceTo(route));
      }
    }
  }

  async #list(workspace?: string): Promise<ClusterObject[]> {
    const { signal } = this.#context;
    const found = await Promise.all(
      KINDS.map(kind =>
        listIfKnown(this.#cluster, this.#names, kind, { workspace, signal }),
      ),
    );
    return found.flat();
  }

  /** The names of two workspaces and apps may make the same host name; whoever has it keeps it. */
  async #requireOwnHost(
    target: PublicApp,
    settings: NamedEndpoints,
  ): Promise<void> {
    const host = hostOf(settings, target.workspace, target.app);
    const isTaken = (await this.#list()).some(route => {
      const workspace = this.#names.workspaceOf(route) ?? '';
      const app = route.metadata.labels?.[labels.app] ?? '';
      const isOther = workspace !== target.workspace || app !== target.app;
      return isOther && hostOf(settings, workspace, app) === host;
    });
    if (isTaken) {
      throw noAddress(target.app, `${host} is the address of another app`);
    }
  }

  async #untilTakenUp(route: ClusterObject, target: PublicApp): Promise<void> {
    const { logger, signal } = this.#context;
    const { apiVersion, kind, metadata } = route;
    const watch = new Watch(this.#cluster, logger, signal, {
      namespace: target.workspace,
      labels: { [labels.app]: target.app },
      shared: true,
    });
    const routes = watch.of<ClusterObject>({ apiVersion, kind });
    const deadline = Date.now() + TAKEN_UP_WITHIN;
    try {
      for (;;) {
        const [found] = routes.objects;
        const missing = found ? missingOf(found) : 'it is not there';
        if (watch.synced && missing === undefined) return;
        if (Date.now() >= deadline) {
          const { name = '' } = metadata;
          const evidence = new EvidenceReader(this.#cluster);
          const events = found ? await evidence.events(found) : [];
          throw noAddress(
            target.app,
            `${kind} ${name}: ${missing}`,
            eventEvidence(name, events),
          );
        }
        await watch.changed(deadline - Date.now());
      }
    } finally {
      watch.end();
    }
  }
}
