import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { LoggerService } from '@backstage/backend-plugin-api';
import { pack } from 'tar-stream';
import { evidenceOf } from '@slipway/backstage-plugin-workspaces-node/engines';
import { Cluster, Pod, containerStatus, kinds } from '../client';
import { EvidenceReader, eventEvidence } from '../engine/evidence';
import { CONTAINER, PLACE, hashOf } from '../engine/names';
import { containerSecurity, podSecurity } from '../engine/security';
import { mayPullLater } from '../engine/verdict';
import { Job, Watch } from '../engine/watch';
import { textOf } from '../failures';
import { Grounds } from '../ground';
import { formatReference, OciRegistry } from '../registry';
import { digestOf } from '../registry/document';
import { mediaTypes } from '../registry/media';
import type { NodeRuntime } from './runtime';
import { Proof, TRUST_LABEL } from './types';

const REPOSITORY = 'slipway/node-trust';
/** All in milliseconds. */
const PATIENCE = 20_000;
const LOOK_AGAIN = 1_000;
/** No superuser, for the standard `restricted`. */
const USER = 65532;
/** The kubelet says these of a pull that failed. */
const PULL_REASONS = [
  'ErrImagePull',
  'ImagePullBackOff',
  'RegistryUnavailable',
];
/** And these of a container that could not be made or begin, which is tried only once its image is there. */
const PULLED_REASONS = ['CreateContainerError', 'RunContainerError'];
/** What runtimes say where they do not trust who answers, or speak to it in another way than it does. */
const DISTRUST =
  /x509:|tls: |certificate|server gave HTTP response to HTTPS client/i;

/**
 * Proves that nodes pull from a registry: by an image that did not exist before, in an ordinary pod on each. It never
 * runs; there is nothing in the image.
 */
export class PullProof {
  readonly #cluster: Cluster;
  readonly #registry: OciRegistry;
  readonly #grounds: Grounds;
  readonly #evidence: EvidenceReader;
  readonly #logger: LoggerService;

  constructor(options: {
    cluster: Cluster;
    registry: OciRegistry;
    grounds: Grounds;
    logger: LoggerService;
  }) {
    this.#cluster = options.cluster;
    this.#registry = options.registry;
    this.#grounds = options.grounds;
    this.#evidence = new EvidenceReader(options.cluster);
    this.#logger = options.logger;
  }

  /** Does something in the place where pulls can be tried. */
  async within<T>(
    signal: AbortSignal,
    work: (prove: (node: NodeRuntime) => Promise<Proof>) => Promise<T>,
  ): Promise<T> {
    const name = `slipway-trust-${randomBytes(6).toString('hex')}`;
    const pullSecret = this.#registry.dockerConfig();
    return this.#grounds.use(
      {
        name,
        purpose: 'look',
        standard: 'restricted',
        pullSecret,
        untilGone: false,
      },
      signal,
      () => work(node => this.#prove(node, name, signal)),
    );
  }

  async #prove(
    node: NodeRuntime,
    namespace: string,
    signal: AbortSignal,
  ): Promise<Proof> {
    const digest = await this.#push(node.architecture, signal);
    const { address: registry } = this.#registry;
    const reference = { registry, repository: REPOSITORY, digest };
    try {
      const name = `pull-${hashOf(digest).slice(0, 12)}`;
      const job = this.#job(
        node,
        { namespace, name },
        formatReference(reference),
      );
      const made = await this.#cluster.apply(job, { signal });
      return await this.#untilSeen(made as Job, signal);
    } finally {
      await this.#registry.delete(reference).catch(error => {
        this.#logger.debug(`The image of a proof stays: ${textOf(error)}`);
      });
    }
  }

  /** Pushes a tiny image that is like no other. */
  async #push(architecture: string, signal: AbortSignal): Promise<string> {
    const { blobs } = this.#registry;
    const tar = pack();
    tar.entry({ name: 'slipway', mtime: new Date(0) }, randomBytes(16));
    tar.finalize();
    const bytes = await buffer(tar);
    const settings = JSON.stringify({
      architecture,
      os: 'linux',
      config: {},
      rootfs: { type: 'layers', diff_ids: [digestOf(bytes)] },
    });
    const layer = await blobs.put(REPOSITORY, bytes, mediaTypes.layer, signal);
    const config = await blobs.put(
      REPOSITORY,
      Buffer.from(settings),
      mediaTypes.config,
      signal,
    );
    return this.#registry.putManifest(
      REPOSITORY,
      {
        schemaVersion: 2,
        mediaType: mediaTypes.manifest,
        config,
        layers: [layer],
      },
      { signal },
    );
  }

  #job(
    { node }: NodeRuntime,
    place: { namespace: string; name: string },
    image: string,
  ) {
    const labels = {
      ...this.#grounds.labels('look'),
      [TRUST_LABEL]: place.name,
    };
    return {
      ...kinds.Job,
      metadata: { ...place, labels },
      spec: {
        backoffLimit: 0,
        template: {
          metadata: { labels },
          spec: {
            nodeName: node,
            restartPolicy: 'Never',
            terminationGracePeriodSeconds: 0,
            serviceAccountName: PLACE,
            automountServiceAccountToken: false,
            tolerations: [{ operator: 'Exists' }],
            securityContext: podSecurity(USER),
            containers: [
              {
                name: CONTAINER,
                image,
                imagePullPolicy: 'Always',
                command: ['/slipway'],
                securityContext: containerSecurity(),
                resources: {
                  requests: { cpu: '1m', memory: '8Mi' },
                  limits: { cpu: '10m', memory: '16Mi' },
                },
              },
            ],
          },
        },
      },
    };
  }

  async #untilSeen(job: Job, signal: AbortSignal): Promise<Proof> {
    const { namespace = '', name = '' } = job.metadata;
    const watch = new Watch(this.#cluster, this.#logger, signal, {
      namespace,
      labels: { [TRUST_LABEL]: name },
    });
    const pods = watch.of<Pod>(kinds.Pod);
    const until = Date.now() + PATIENCE;
    try {
      for (;;) {
        const [pod] = pods.objects;
        const sign = pod && signOf(pod);
        if (sign && (sign.isFinal || Date.now() > until)) {
          return await this.#proofOf(pod, sign);
        }
        if (Date.now() > until) return await this.#withoutSign(job, pod);
        await watch.changed(LOOK_AGAIN);
      }
    } finally {
      watch.end();
    }
  }

  async #proofOf(pod: Pod, { state, text }: Sign): Promise<Proof> {
    const events = await this.#evidence.events(pod);
    const wanted =
      state === 'trusted' ? 'Successfully pulled' : 'Failed to pull';
    const said = events.find(({ message }) => message?.startsWith(wanted));
    const why = said?.message ?? text;
    const node = pod.spec?.nodeName ?? '';
    return {
      state,
      why,
      evidence: [
        evidenceOf('event', node, why),
        ...eventEvidence(pod.metadata.name ?? '', events),
      ],
      at: Date.now(),
    };
  }

  async #withoutSign(job: Job, pod: Pod | undefined): Promise<Proof> {
    const events = await this.#evidence.events(pod ?? job);
    const why =
      events.at(-1)?.message ?? `Nothing was seen within ${PATIENCE / 1000} s`;
    const name = job.metadata.name ?? '';
    return {
      state: 'unknown',
      why,
      evidence: [
        evidenceOf('state', name, why),
        ...eventEvidence(name, events),
      ],
      at: Date.now(),
    };
  }
}

interface Sign {
  state: Proof['state'];
  text: string;
  /** Trying again will not change it, as far as anybody can tell. */
  isFinal: boolean;
}

/** What a pod says of the pull of its image. */
export function signOf(pod: Pod): Sign | undefined {
  const { state } = containerStatus(pod, CONTAINER) ?? {};
  const { reason = '', message = '' } = state?.waiting ?? {};
  if (pod.status?.phase === 'Failed' && pod.status.reason) {
    const text = `${pod.status.reason}: ${pod.status.message ?? ''}`;
    return { state: 'unknown', text, isFinal: true };
  }
  const isPulled =
    state?.running || state?.terminated || PULLED_REASONS.includes(reason);
  if (isPulled) return { state: 'trusted', text: 'Pulled', isFinal: true };
  if (!PULL_REASONS.includes(reason)) return undefined;
  return {
    state: DISTRUST.test(message) ? 'untrusted' : 'unknown',
    text: `${reason}: ${message}`,
    isFinal: !mayPullLater(message),
  };
}
