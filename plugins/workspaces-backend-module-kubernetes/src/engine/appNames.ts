import type {
  DesiredApp,
  EngineContext,
} from '@slipway/backstage-plugin-workspaces-node';
import { pause } from '@slipway/backstage-plugin-workspaces-node/engines';
import type { V1EndpointSlice, V1Service } from '@kubernetes/client-node';
import { Cluster, ClusterObject, Pod, kinds, labelSelector } from '../client';
import { clusterFailure } from '../failures';
import type { Renderer } from './rendering';
import { Watch, isPodReady, livingPods } from './watch';

/** All in milliseconds. */
const LED_WITHIN = 15_000;
/** Nodes take over at most once in this time where a name leads, and say to nobody when they did. */
const NODES_FOLLOW_WITHIN = 1_000;

type Service = V1Service & ClusterObject;
type EndpointSlice = V1EndpointSlice & ClusterObject;

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
    const reference = { ...kinds.Service, namespace: workspace };
    return this.#cluster.get<Service>({ ...reference, name: app.name }, signal);
  }

  async #lead(workspace: string, app: DesiredApp): Promise<void> {
    const { name, port, release } = app;
    await this.#cluster
      .apply(this.#renderer.service(workspace, name, port, release))
      .catch(error => {
        throw clusterFailure(`Could not give ${name} its name`, error);
      });
  }

  async #pods(
    namespace: string,
    selector: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Pod[]> {
    const { items } = await this.#cluster.list<Pod>(
      kinds.Pod,
      { namespace, labelSelector: labelSelector(selector) },
      signal,
    );
    return livingPods(items);
  }

  /** Until the name leads to all ready pods of the release and to no other. */
  async #untilLed(
    workspace: string,
    app: DesiredApp,
    { logger, signal }: EngineContext,
  ): Promise<void> {
    const { selector } = this.#renderer.service(
      workspace,
      app.name,
      app.port,
      app.release,
    ).spec;
    const pods = await this.#pods(workspace, selector, signal);
    const wanted = pods.filter(isPodReady).map(({ status }) => status?.podIP);
    const watch = new Watch(this.#cluster, logger, signal, {
      namespace: workspace,
      labels: { 'kubernetes.io/service-name': app.name },
    });
    const slices = watch.of<EndpointSlice>(kinds.EndpointSlice);
    const deadline = Date.now() + LED_WITHIN;
    let waited = false;
    try {
      for (;;) {
        const led = addressesOf(slices.objects);
        const isLed =
          wanted.every(address => led.includes(address ?? '')) &&
          led.every(address => wanted.includes(address));
        if (watch.synced && isLed) break;
        if (Date.now() >= deadline) return; // its pods have just changed: services follow them anyway
        waited ||= watch.synced;
        await watch.changed(deadline - Date.now());
      }
    } finally {
      watch.end();
    }
    if (waited || isRecent(slices.objects)) {
      await pause(NODES_FOLLOW_WITHIN, signal);
    }
  }
}

function isOf(selector: Record<string, string>, app: DesiredApp): boolean {
  return Object.values(selector).includes(String(app.release));
}

function addressesOf(slices: EndpointSlice[]): string[] {
  return slices.flatMap(({ endpoints }) =>
    (endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap(({ addresses }) => addresses),
  );
}

/** Whether it changed a moment ago, as the controller notes it. */
function isRecent(slices: EndpointSlice[]): boolean {
  const moment = (slice: EndpointSlice) =>
    slice.metadata.annotations?.[
      'endpoints.kubernetes.io/last-change-trigger-time'
    ] ?? 0;
  return slices.some(
    slice =>
      Date.now() - new Date(moment(slice)).getTime() <
      NODES_FOLLOW_WITHIN + 1_000, // the note has whole seconds
  );
}
