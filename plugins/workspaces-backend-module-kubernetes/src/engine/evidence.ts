import type {
  CoreV1Event,
  V1PersistentVolumeClaim,
} from '@kubernetes/client-node';
import type { RawEvidence } from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import {
  Cluster,
  ClusterObject,
  Pod,
  containerStatus,
  kinds,
  readPodLog,
} from '../client';
import { textOf } from '../failures';
import { blockedEvidence } from './blocked';
import { CONTAINER } from './names';
import {
  ContainerExit,
  Verdict,
  exitOf,
  imageOf,
  isoOf,
  momentOf,
  pullFacts,
  timeOf,
  verdictOf,
} from './verdict';
import {
  claimEvidence,
  claimsOf,
  hindrance,
  isBeingMade,
  missingForMount,
  pullVerdict,
} from './waiting';

/** How much of a container's output is kept as evidence. */
const LOG_LINES = 50;
const KEPT_EVENTS = 30;

export type ClusterEvent = CoreV1Event & ClusterObject;
type Claim = V1PersistentVolumeClaim & ClusterObject;

/** Reads what is known of a pod that failed. */
export class EvidenceReader {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Why a pod will certainly not come up, by its state and, where only they tell, by its events. */
  async verdictOf(
    pod: Pod,
    options: { restartsBefore?: number; patience?: number } = {},
  ): Promise<Verdict | undefined> {
    const verdict = verdictOf(pod, options);
    if (verdict?.facts?.askedBy === 'node')
      return pullVerdict(verdict, await this.events(pod));
    if (verdict || !isBeingMade(pod)) return verdict;
    return missingForMount(await this.warnings(pod));
  }

  /** What keeps a pod that has not started in time. */
  async ofWaiting(pod: Pod): Promise<RawEvidence[]> {
    const { evidence, events } = await this.ofPod(pod);
    const name = pod.metadata.name ?? '';
    return [
      ...(await this.#ofClaims(pod)),
      ...hindrance(name, events, pullFacts(imageOf(pod) ?? '')),
      ...evidence,
    ];
  }

  /** The failure of a pod with all that was seen, the first sign first. */
  async failureOf(
    pod: Pod,
    verdict: Verdict,
    options: { first?: ContainerExit; more?: RawEvidence[] } = {},
  ) {
    const name = pod.metadata.name ?? '';
    const all = await this.ofPod(pod, options.first);
    const pull = verdict.facts?.image ? firstPull(all.events) : undefined;
    const sign =
      verdict.text === undefined
        ? []
        : [
            evidenceOf('event', name, pull?.message ?? verdict.text, {
              at: pull ? isoOf(momentOf(pull)) : verdict.at,
              facts: verdict.facts,
            }),
          ];
    return failure(`${name}: ${verdict.message}`, [
      ...(verdict.waits ? await this.#ofClaims(pod) : []),
      ...sign,
      ...all.evidence,
      ...(options.more ?? []),
    ]);
  }

  /** The state of its container, its output and its events. */
  async ofPod(
    pod: Pod,
    first?: ContainerExit,
  ): Promise<{ evidence: RawEvidence[]; events: ClusterEvent[] }> {
    const events = await this.events(pod);
    const log = await this.#log(pod);
    const output = log.map(({ text }) => text).join('\n');
    return {
      events,
      evidence: [
        stateEvidence(pod, first),
        ...log,
        ...(await blockedEvidence(this.#cluster, pod, output)),
        ...eventEvidence(pod.metadata.name ?? '', events),
      ],
    };
  }

  /** The events of an object, the earliest first. None is no failure: they are kept for an hour. */
  async events({ metadata }: ClusterObject): Promise<ClusterEvent[]> {
    try {
      const { items } = await this.#cluster.list<ClusterEvent>(kinds.Event, {
        namespace: metadata.namespace,
        fieldSelector: `involvedObject.uid=${metadata.uid}`,
      });
      return items.sort((a, b) => ageOf(a) - ageOf(b));
    } catch {
      return [];
    }
  }

  /** The same of what went wrong alone, for whoever looks again and again: it is kept in sight. */
  async warnings(object: ClusterObject): Promise<ClusterEvent[]> {
    const { uid } = object.metadata;
    const { shared } = this.#cluster;
    if (!shared) return this.events(object);
    // None while they cannot be seen: whoever gives up asks once more.
    const known = (shared.known(kinds.Event) ?? []) as ClusterEvent[];
    return known
      .filter(({ involvedObject }) => involvedObject.uid === uid)
      .sort((a, b) => ageOf(a) - ageOf(b));
  }

  /** Why its volumes are not made. */
  async #ofClaims(pod: Pod): Promise<RawEvidence[]> {
    const { namespace } = pod.metadata;
    const found = claimsOf(pod).map(async claim => {
      const [kept] = await this.#cluster
        .list<Claim>(kinds.PersistentVolumeClaim, {
          namespace,
          fieldSelector: `metadata.name=${claim}`,
        })
        .then(({ items }) => items);
      // What was waited for once is over where it has its volume.
      if (!kept || kept.status?.phase === 'Bound') return [];
      return claimEvidence(claim, await this.events(kept));
    });
    return (await Promise.all(found)).flat();
  }

  async #log(pod: Pod): Promise<RawEvidence[]> {
    const { name = '', namespace = '' } = pod.metadata;
    const status = containerStatus(pod, CONTAINER);
    if (!status?.state?.running && !exitOfPod(pod)) return [];
    const source = { namespace, pod: name, container: CONTAINER };
    try {
      const lines = await readPodLog(this.#cluster, source, {
        tail: LOG_LINES,
      });
      const earlier =
        lines.length === 0 && status && status.restartCount > 0
          ? await readPodLog(this.#cluster, source, {
              tail: LOG_LINES,
              previous: true,
            })
          : [];
      const all = [...earlier, ...lines];
      if (all.length === 0) return [];
      const text = all.map(line => line.text).join('\n');
      return [evidenceOf('log', name, text, { at: all[0].at.toISOString() })];
    } catch (error) {
      return [
        evidenceOf(
          'log',
          name,
          `The output could not be read: ${textOf(error)}`,
        ),
      ];
    }
  }
}

function exitOfPod(pod: Pod): ContainerExit | undefined {
  const status = containerStatus(pod, CONTAINER);
  return status && exitOf(status);
}

/** The state of a pod's container as evidence. */
function stateEvidence(
  pod: Pod,
  first: ContainerExit | undefined,
): RawEvidence {
  const status = containerStatus(pod, CONTAINER);
  const exit = first ?? exitOfPod(pod);
  const restarts = status?.restartCount ?? 0;
  const words = [stateWord(pod)];
  if (exit) words.push(`exit code ${exit.exitCode}`);
  if (exit?.outOfMemory) words.push('out of memory (OOMKilled)');
  words.push(`${restarts} restarts`);
  if (exit?.message) words.push(exit.message);
  return evidenceOf('state', pod.metadata.name ?? '', words.join(', '), {
    at: exit?.at,
    facts: {
      ...(exit ? { exitCode: exit.exitCode } : {}),
      outOfMemory: exit?.outOfMemory ?? false,
      restarts,
    },
  });
}

function stateWord(pod: Pod): string {
  const state = containerStatus(pod, CONTAINER)?.state;
  if (state?.waiting) return state.waiting.reason ?? 'waiting';
  if (state?.terminated) return state.terminated.reason ?? 'terminated';
  return state?.running ? 'running' : pod.status?.phase ?? 'unknown';
}

/** The events of an object as one piece of evidence; none if there are none. */
export function eventEvidence(
  name: string,
  events: ClusterEvent[],
): RawEvidence[] {
  if (events.length === 0) return [];
  const text = events
    .slice(0, KEPT_EVENTS)
    .map(event =>
      [
        isoOf(event.firstTimestamp ?? event.eventTime) ?? '',
        `${event.type} ${event.reason}: ${event.message}`,
      ].join(' '),
    )
    .join('\n');
  return [
    evidenceOf('event', name, text, {
      at: isoOf(momentOf(events[0])),
      facts: { history: true },
    }),
  ];
}

/** While it backs off the kubelet repeats itself; what it said first has the registry's own words. */
function firstPull(events: ClusterEvent[]): ClusterEvent | undefined {
  return events.find(
    ({ reason, message = '' }) =>
      reason === 'Failed' && message.startsWith('Failed to pull image'),
  );
}

function ageOf(event: ClusterEvent): number {
  return timeOf(momentOf(event)) ?? 0;
}
