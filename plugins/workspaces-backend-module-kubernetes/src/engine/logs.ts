import type { LoggerService } from '@backstage/backend-plugin-api';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type {
  EngineLogLine,
  LogSelector,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  Bell,
  Channel,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import {
  Cluster,
  Pod,
  RawLogLine,
  SharedReflectors,
  containerStatus,
  followPodLog,
  hasLabels,
  kinds,
  readPodLog,
} from '../client';
import { textOf } from '../failures';
import { CONTAINER } from './names';
import { byAge } from './watch';

/** Lines that wait for a slow reader before reading from the cluster stops. */
const LINES_AHEAD = 1_000;

/** Reads the output of apps, across replicas and restarts. */
export class LogReader {
  readonly #cluster: Cluster;
  readonly #shared: SharedReflectors;

  constructor(cluster: Cluster, shared: SharedReflectors) {
    this.#cluster = cluster;
    this.#shared = shared;
  }

  read(
    selector: LogSelector,
    context: { signal: AbortSignal; logger: LoggerService },
  ): AsyncIterable<EngineLogLine> {
    return selector.follow
      ? this.#follow(selector, context)
      : this.#upToNow(selector, context.signal);
  }

  async *#upToNow(
    selector: LogSelector,
    signal: AbortSignal,
  ): AsyncGenerator<EngineLogLine> {
    const items = await this.#cluster.present<Pod>(
      kinds.Pod,
      selectionOf(selector),
      signal,
    );
    const all: (RawLogLine & { pod: Pod })[] = [];
    for (const pod of items.sort(byAge)) {
      const restarts = containerStatus(pod, CONTAINER)?.restartCount ?? 0;
      for (const previous of restarts > 0 ? [true, false] : [false]) {
        const lines = await readPodLog(
          this.#cluster,
          sourceOf(pod),
          { since: selector.since?.toISOString(), previous },
          signal,
        );
        lines.forEach(line => all.push({ ...line, pod }));
      }
    }
    all.sort((a, b) => a.at.getTime() - b.at.getTime());
    for (const { pod, ...line } of all) {
      if (isAfter(selector, line)) yield engineLine(pod, line);
    }
  }

  async *#follow(
    selector: LogSelector,
    { signal, logger }: { signal: AbortSignal; logger: LoggerService },
  ): AsyncGenerator<EngineLogLine> {
    const stop = new AbortController();
    const watching = AbortSignal.any([signal, stop.signal]);
    const channel = new Channel<EngineLogLine>({ limit: LINES_AHEAD });
    /** By uid: rung when something happened to the pod. */
    const followed = new Map<string, Bell>();
    const look = (pod: Pod) => {
      const { uid = '', name } = pod.metadata;
      const known = followed.get(uid);
      if (known) {
        known.ring();
        return;
      }
      const bell = new Bell();
      followed.set(uid, bell);
      this.#pump(selector, pod, bell, channel, watching).catch(error => {
        if (watching.aborted) return;
        logger.warn(`Lost the output of ${name}: ${textOf(error)}`);
        followed.delete(uid); // its next change begins anew
      });
    };
    const { namespace, labels: wanted } = selectionOf(selector);
    watching.addEventListener('abort', () => channel.end(), { once: true });
    if (watching.aborted) channel.end();
    this.#shared.watch<Pod>(
      kinds.Pod,
      change => {
        if (change?.object.metadata.namespace !== namespace) return;
        if (hasLabels(change.object, wanted)) look(change.object as Pod);
      },
      watching,
    );
    try {
      yield* channel;
    } finally {
      stop.abort();
    }
  }

  async #pump(
    selector: LogSelector,
    pod: Pod,
    wake: Bell,
    channel: Channel<EngineLogLine>,
    signal: AbortSignal,
  ): Promise<void> {
    const since = selector.since?.toISOString();
    const lines = followPodLog(this.#cluster, sourceOf(pod), {
      since,
      wake,
      signal,
    });
    for await (const line of lines) {
      if (isAfter(selector, line)) await channel.push(engineLine(pod, line));
    }
  }
}

function selectionOf({ workspace, app, release }: LogSelector) {
  return {
    namespace: workspace,
    labels: {
      [labels.app]: app,
      [labels.release]: release === undefined ? null : String(release),
    },
  };
}

function sourceOf({ metadata }: Pod) {
  const { namespace = '', name: pod = '', uid } = metadata;
  return { namespace, pod, uid, container: CONTAINER };
}

function engineLine(
  { metadata }: Pod,
  { at, text }: RawLogLine,
): EngineLogLine {
  const release = Number(metadata.labels?.[labels.release]);
  return { at, text, replica: metadata.name ?? '', release };
}

/** The API server also gives the lines of that very second. */
function isAfter({ since }: LogSelector, line: RawLogLine): boolean {
  return since === undefined || line.at > since;
}
