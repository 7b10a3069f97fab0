import type {
  DesiredApp,
  EngineContext,
} from '@slipway/backstage-plugin-workspaces-node';
import type { V1Service } from '@kubernetes/client-node';
import { Cluster, ClusterObject, Pod, kinds } from '../client';
import { clusterFailure } from '../failures';
import { selectors } from './names';
import { requireOwn } from './ownership';
import type { Renderer } from './rendering';
import { untilServiceLeads } from './serviceLeads';
import { livingPods } from './watch';

type Service = V1Service & ClusterObject;

/** The names by which the apps of a workspace find each other: each leads to one release. */
export class AppNames {
  readonly #cluster: Cluster;
  readonly #renderer: Renderer;

  constructor(cluster: Cluster, renderer: Renderer) {
    this.#cluster = cluster;
    this.#renderer = renderer;
  }

  /** Gives a new app its name before anything answers to it: names take a moment to be known. */
  async prepare(
    workspace: string,
    app: DesiredApp,
    signal: AbortSignal,
  ): Promise<void> {
    const found = await this.#find(workspace, app, signal);
    if (!found) await this.#lead(workspace, app);
  }

  /**
   * Lets the app's name lead to a release: to the desired one if that is decided upon (`final`), else
   * only where the name leads to nothing that runs.
   */
  async give(
    workspace: string,
    app: DesiredApp,
    { final }: { final: boolean },
    context: EngineContext,
  ): Promise<void> {
    const { signal } = context;
    const found = await this.#find(workspace, app, signal);
    const selector = found?.spec?.selector;
    if (!final && selector && !isOf(selector, app)) {
      const running = await this.#pods(workspace, selector, signal);
      if (running.length > 0) return;
    }
    await this.#lead(workspace, app);
    await this.#untilLed(workspace, app, context);
  }

  async #find(workspace: string, app: DesiredApp, signal: AbortSignal) {
    const { name } = app;
    const reference = { ...kinds.Service, namespace: workspace, name };
    const found = await this.#cluster.get<Service>(reference, signal);
    requireOwn(found, this.#service(workspace, app));
    return found;
  }

  async #lead(workspace: string, app: DesiredApp): Promise<void> {
    await this.#cluster.apply(this.#service(workspace, app)).catch(error => {
      throw clusterFailure(`Could not give ${app.name} its name`, error);
    });
  }

  #service(workspace: string, { name, port, release }: DesiredApp) {
    return this.#renderer.service(workspace, name, port, release);
  }

  async #pods(
    namespace: string,
    selector: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Pod[]> {
    const selection = { namespace, labels: selector };
    return livingPods(
      await this.#cluster.present<Pod>(kinds.Pod, selection, signal),
    );
  }

  /** Until the name leads to all ready pods of the release and to no other. */
  async #untilLed(
    workspace: string,
    app: DesiredApp,
    context: EngineContext,
  ): Promise<void> {
    const service = { namespace: workspace, name: app.name };
    const selector = selectors.release(app.name, app.release);
    const pods = await this.#pods(workspace, selector, context.signal);
    await untilServiceLeads(this.#cluster, service, pods, context);
  }
}

function isOf(selector: Record<string, string>, app: DesiredApp): boolean {
  return Object.values(selector).includes(String(app.release));
}
