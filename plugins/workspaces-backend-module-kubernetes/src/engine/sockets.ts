import { randomBytes } from 'node:crypto';
import {
  Cluster,
  ClusterObject,
  Pod,
  Reflector,
  containerStatus,
  kinds,
  objectPath,
  readPodLog,
} from '../client';
import {
  ListeningSocket,
  listeningSockets,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import type { LoggerService } from '@backstage/backend-plugin-api';
import type { ClusterEvent } from './evidence';
import { containerSecurity, ORDINARY_USER } from './security';

/** Image of the short-lived helper that reads the sockets: a shell's `cat` is all it needs. */
export const HELPER_IMAGE = 'busybox:1.35';

/** In milliseconds: longer than the kubelet needs for a container of an image that is there. */
const HELPER_TIMEOUT = 10_000;

/** Reads the listening sockets of a pod from inside its network. */
export class SocketReader {
  readonly #cluster: Cluster;
  readonly #image: string;
  readonly #logger: LoggerService;

  constructor(cluster: Cluster, image: string, logger: LoggerService) {
    this.#cluster = cluster;
    this.#image = image;
    this.#logger = logger;
  }

  /** Throws with the reason where they could not be read. */
  async read(pod: Pod, signal: AbortSignal): Promise<ListeningSocket[]> {
    const { namespace = '', name = '', uid } = pod.metadata;
    const helper = `sockets-${randomBytes(4).toString('hex')}`;
    await this.#add(pod, helper, signal);
    await this.#untilEnded(pod, helper, signal);
    const source = { namespace, pod: name, uid, container: helper };
    const lines = await readPodLog(this.#cluster, source, {}, signal);
    return listeningSockets(lines.map(line => line.text));
  }

  async #add(
    { metadata }: Pod,
    helper: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { namespace, name = '' } = metadata;
    await this.#cluster.call({
      method: 'PATCH',
      path: `${objectPath({
        ...kinds.Pod,
        namespace,
        name,
      })}/ephemeralcontainers`,
      contentType: 'application/strategic-merge-patch+json',
      body: {
        spec: {
          ephemeralContainers: [
            {
              name: helper,
              image: this.#image,
              // One of the two is missing where the kernel has no IPv6.
              command: [
                'sh',
                '-c',
                'cat /proc/net/tcp /proc/net/tcp6 2>/dev/null',
              ],
              securityContext: {
                ...containerSecurity({ readOnlyRoot: true }),
                runAsUser: ORDINARY_USER,
                runAsNonRoot: true,
              },
            },
          ],
        },
      },
      signal,
    });
  }

  /** Of a container that was added later the kubelet speaks in events only. */
  async #reason(
    { namespace, uid }: Pod['metadata'],
    helper: string,
  ): Promise<string> {
    const { items } = await this.#cluster.list<ClusterEvent>(kinds.Event, {
      namespace,
      fieldSelector: `involvedObject.uid=${uid},type=Warning`,
    });
    const [first] = items.filter(
      ({ involvedObject }) =>
        involvedObject.fieldPath === `spec.ephemeralContainers{${helper}}`,
    );
    return first?.message ?? 'nothing was said of it';
  }

  async #untilEnded(
    { metadata }: Pod,
    helper: string,
    signal: AbortSignal,
  ): Promise<void> {
    const stop = new AbortController();
    const watching = AbortSignal.any([signal, stop.signal]);
    const watch = new Reflector<Pod & ClusterObject>(this.#cluster, kinds.Pod, {
      selection: {
        namespace: metadata.namespace,
        fieldSelector: `metadata.name=${metadata.name}`,
      },
      logger: this.#logger,
    });
    const running = watch.run(watching);
    const deadline = Date.now() + HELPER_TIMEOUT;
    try {
      for (;;) {
        const [pod] = watch.objects;
        const state = pod && containerStatus(pod, helper)?.state;
        if (state?.terminated) return;
        const left = deadline - Date.now();
        if (watch.sight.synced && !pod) throw new Error('The pod is gone');
        if (left <= 0) {
          throw new Error(
            `its helper (${this.#image}) did not run within ${
              HELPER_TIMEOUT / 1000
            } s: ${await this.#reason(metadata, helper)}`,
          );
        }
        await watch.changed(left, watching);
      }
    } finally {
      stop.abort();
      await running;
    }
  }
}
