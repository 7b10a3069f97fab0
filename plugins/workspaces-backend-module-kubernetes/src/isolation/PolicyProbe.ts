import { randomBytes } from 'node:crypto';
import type { LoggerService } from '@backstage/backend-plugin-api';
import type { RawEvidence } from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { Cluster, Pod, containerStatus, kinds } from '../client';
import { EvidenceReader } from '../engine/evidence';
import { CONTAINER, Names, PLACE } from '../engine/names';
import {
  ORDINARY_USER,
  containerSecurity,
  podSecurity,
} from '../engine/security';
import { Watch } from '../engine/watch';
import { Grounds } from '../ground';
import { Attempts, endsWith } from './Attempts';

/** Of everything that is made for a probe, with what it is for. */
const LABEL = 'slipway.dev/isolation';
const PORT = 8080;
/** All in milliseconds. */
const STARTED_WITHIN = 60_000;
const OPEN_WITHIN = 20_000;
const ENFORCED_WITHIN = 20_000;
const LOOK_AGAIN = 1_000;
/** One attempt may fail by itself; so many one after the other do not. */
const CERTAIN_AFTER = 3;
/** In seconds: the pods of a portal that was killed end by themselves. */
const LONGEST_LIFE = 180;

const LISTEN = `exec busybox httpd -f -p ${PORT}`;
const CONNECT = `while :; do
  if nc -w 1 "$ADDRESS" ${PORT} </dev/null >/dev/null 2>&1; then echo open; else echo closed; fi
  sleep 1
done`;

/** Each direction is a matter of its own: the policy that closes it concerns one of the two pods. */
const DIRECTIONS = [
  { type: 'Ingress', pod: 'listen', what: 'what pods receive' },
  { type: 'Egress', pod: 'connect', what: 'what pods send' },
] as const;

/** Whether a cluster carries out network policies, as far as it was observed. */
export interface Enforcement {
  state: 'enforced' | 'notEnforced' | 'unknown';
  why: string;
  evidence?: RawEvidence[];
}

/**
 * Finds out whether a cluster carries out network policies: a pod connects to another one, which must work; a policy
 * forbids it, and it must fail; without the policy it must work again. In a namespace that lives as long as that.
 */
export class PolicyProbe {
  readonly #cluster: Cluster;
  readonly #grounds: Grounds;
  readonly #evidence: EvidenceReader;
  readonly #image: string;
  readonly #pullSecret: string | undefined;
  readonly #logger: LoggerService;

  constructor(options: {
    cluster: Cluster;
    names: Names;
    /** Image with BusyBox. */
    image: string;
    pullSecret?: string;
    logger: LoggerService;
  }) {
    const { cluster, names, logger } = options;
    this.#cluster = cluster;
    this.#grounds = new Grounds({ cluster, names, label: LABEL, logger });
    this.#evidence = new EvidenceReader(cluster);
    this.#image = options.image;
    this.#pullSecret = options.pullSecret;
    this.#logger = logger;
  }

  /** Takes about half a minute. Throws what kept it from finding out. */
  async probe(signal: AbortSignal): Promise<Enforcement> {
    const name = `slipway-isolation-${randomBytes(6).toString('hex')}`;
    const end = new AbortController();
    const ground = {
      name,
      purpose: 'place',
      standard: 'restricted',
      pullSecret: this.#pullSecret,
      untilGone: false,
    } as const;
    return this.#grounds.use(ground, signal, async () => {
      try {
        return await this.#within(name, AbortSignal.any([signal, end.signal]));
      } finally {
        end.abort();
      }
    });
  }

  async #within(namespace: string, signal: AbortSignal): Promise<Enforcement> {
    const listening = await this.#start(namespace, 'listen', LISTEN, signal);
    const address = listening.status?.podIP ?? '';
    const connecting = await this.#start(
      namespace,
      'connect',
      CONNECT,
      signal,
      address,
    );
    const { name: pod = '', uid } = connecting.metadata;
    const source = { namespace, pod, uid, container: CONTAINER };
    const attempts = new Attempts(this.#cluster, source, signal);
    const first = await attempts.until('open', 1, OPEN_WITHIN);
    if (!first.includes('open')) {
      return unknown('One pod did not reach another one without any policy');
    }
    for (const direction of DIRECTIONS) {
      const found = await this.#try(namespace, direction, attempts);
      if (found) return found;
    }
    return {
      state: 'enforced',
      why: 'A policy closed the way between two pods in either direction, and it was open without',
    };
  }

  /** What was found where the direction is not known to be enforced. */
  async #try(
    namespace: string,
    { type, pod, what }: (typeof DIRECTIONS)[number],
    attempts: Attempts,
  ): Promise<Enforcement | undefined> {
    const reference = { ...kinds.NetworkPolicy, namespace, name: `no-${pod}` };
    await this.#cluster.apply({
      ...kinds.NetworkPolicy,
      metadata: {
        namespace,
        name: reference.name,
        labels: this.#grounds.labels(pod),
      },
      spec: {
        podSelector: { matchLabels: { [LABEL]: pod } },
        policyTypes: [type],
      },
    });
    const tried = await attempts.until(
      'closed',
      CERTAIN_AFTER,
      ENFORCED_WITHIN,
    );
    if (!endsWith(tried, 'closed', CERTAIN_AFTER)) {
      const last = tried.slice(-CERTAIN_AFTER);
      if (!last.includes('open')) {
        return unknown(`The pod that tried to connect told nothing any more`);
      }
      return {
        state: 'notEnforced',
        why: `${type} policies have no effect, for ${what}: one pod still reached another one ${
          ENFORCED_WITHIN / 1000
        } s after a policy forbade it`,
      };
    }
    await this.#cluster.delete(reference);
    const again = await attempts.until('open', 1, OPEN_WITHIN);
    if (again.includes('open')) return undefined;
    return unknown(
      'One pod did not reach another one any more after the policy was removed, so that something else than the policy may have closed the way',
    );
  }

  /** A pod that runs; of a job, as the portal may make no pods itself. */
  async #start(
    namespace: string,
    name: string,
    script: string,
    signal: AbortSignal,
    address = '',
  ): Promise<Pod> {
    const labels = this.#grounds.labels(name);
    await this.#cluster.apply(
      {
        ...kinds.Job,
        metadata: { namespace, name, labels },
        spec: {
          backoffLimit: 0,
          activeDeadlineSeconds: LONGEST_LIFE,
          template: {
            metadata: { labels },
            spec: this.#pod(script, address),
          },
        },
      },
      { signal },
    );
    return this.#untilRuns(namespace, name, signal);
  }

  #pod(script: string, address: string) {
    return {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      serviceAccountName: PLACE,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: podSecurity(ORDINARY_USER),
      containers: [
        {
          name: CONTAINER,
          image: this.#image,
          imagePullPolicy: 'IfNotPresent',
          command: ['sh', '-c', script],
          env: [{ name: 'ADDRESS', value: address }],
          securityContext: containerSecurity({ readOnlyRoot: true }),
          resources: {
            requests: { cpu: '10m', memory: '16Mi' },
            limits: { cpu: '100m', memory: '32Mi' },
          },
        },
      ],
    };
  }

  async #untilRuns(
    namespace: string,
    name: string,
    signal: AbortSignal,
  ): Promise<Pod> {
    const watch = new Watch(this.#cluster, this.#logger, signal, {
      namespace,
      labels: this.#grounds.labels(name),
    });
    const pods = watch.of<Pod>(kinds.Pod);
    const until = Date.now() + STARTED_WITHIN;
    try {
      for (;;) {
        const [pod] = pods.objects;
        if (
          pod?.status?.podIP &&
          containerStatus(pod, CONTAINER)?.state?.running
        )
          return pod;
        const verdict = pod && (await this.#evidence.verdictOf(pod));
        if (verdict) throw await this.#evidence.failureOf(pod, verdict);
        if (Date.now() > until) {
          throw failure(
            `The pod "${name}" did not start within ${STARTED_WITHIN / 1000} s`,
            pod
              ? await this.#evidence.ofWaiting(pod)
              : [evidenceOf('state', name, 'It was not made')],
          );
        }
        await watch.changed(LOOK_AGAIN);
      }
    } finally {
      watch.end();
    }
  }
}

function unknown(why: string): Enforcement {
  return { state: 'unknown', why };
}
