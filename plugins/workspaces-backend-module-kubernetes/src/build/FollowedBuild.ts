import type {
  BuildEvent,
  RawEvidence,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  Bell,
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { Cluster, followPodLog, Pod, readPodLog } from '../client';
import { BuildLog } from './BuildLog';
import type { BuiltDockerfile } from './buildFailure';
import { BUILD_CONTAINER, Strategy } from './strategies';
import { conditionOf, hasEnded, isToldToEnd, TaskRun } from './taskRun';
import {
  conditionText,
  removedBehindUs,
  taskRunFailure,
} from './taskRunFailure';
import { hasBegun, TaskRunWatch } from './TaskRunWatch';
import { throttles } from './throttle';
import { isHopeless, waitingFacts } from './waiting';

/** All in milliseconds. */
const LOOK_AGAIN = 15_000;
const LOOK_SOON = 1_000;
const TEKTON_IS_LATE = 20_000;
const CATCH_UP = 2_000;

/** How a TaskRun usually stands that has not ended: nothing to speak of. */
const USUAL = new Set(['Started', 'Pending', 'Running', undefined]);

/** Follows a TaskRun to its end, with the output of its pod from the start. */
export class FollowedBuild {
  #log: BuildLog;
  readonly #cluster: Cluster;
  readonly #watch: TaskRunWatch;
  readonly #signal: AbortSignal;
  readonly #strategy: Strategy;
  readonly #dockerfile?: BuiltDockerfile;
  readonly #signs: RawEvidence[] = [];
  readonly #told = new Set<string>();
  readonly #lines = new Bell();
  #readUpTo = '';
  #hasGivenUp = false;
  /** What Tekton has to do next, and since when. */
  #owed?: { text: string; since: number };

  constructor(
    cluster: Cluster,
    watch: TaskRunWatch,
    options: {
      /** The builder that is at work. */
      strategy: Strategy;
      /** What it reads, where that is known. */
      dockerfile?: BuiltDockerfile;
      signal: AbortSignal;
    },
  ) {
    this.#cluster = cluster;
    this.#watch = watch;
    this.#strategy = options.strategy;
    this.#dockerfile = options.dockerfile;
    this.#signal = options.signal;
    this.#log = new BuildLog(this.#strategy);
  }

  /** What the build has said. */
  get log(): BuildLog {
    return this.#log;
  }

  /** Whether the TaskRun was left waiting for what will not come. */
  get hasGivenUp(): boolean {
    return this.#hasGivenUp;
  }

  /** What happens, until the TaskRun has succeeded. Throws where it ends otherwise, or will never begin. */
  async *events(name: string): AsyncGenerator<BuildEvent, TaskRun> {
    const read = new Set<string>();
    for (;;) {
      const { run, pod } = this.#watch;
      if (this.#watch.isGone) throw removedBehindUs(name, this.#signs);
      if (run) yield* this.#waiting(run);
      if (!run || !isToldToEnd(run)) this.#giveUpHopeless(name);
      yield* this.#silence(run, pod);
      const uid = pod?.metadata.uid ?? '';
      if (pod && hasBegun(pod) && !read.has(uid)) {
        if (read.size > 0) {
          yield* this.#say(uid, 'Another pod does all of the build again');
          this.#log = new BuildLog(this.#strategy);
        }
        read.add(uid);
        this.#signs.length = 0; // what kept it waiting is over
        yield* this.#output(pod);
      } else if (run && this.#watch.synced && hasEnded(run)) {
        if (conditionOf(run)?.status === 'True') return run;
        throw taskRunFailure(run, {
          log: this.#log,
          dockerfile: this.#dockerfile,
          signs: [...(await this.#throttles(run)), ...this.#signs],
        });
      } else {
        await this.#watch.changed(this.#owed ? LOOK_SOON : LOOK_AGAIN);
      }
    }
  }

  /** Resolves when all that the pod has said up to now was read, or it takes too long. */
  async caughtUp(): Promise<void> {
    const { pod } = this.#watch;
    if (!pod || !hasBegun(pod)) return;
    const [last] = await readPodLog(this.#cluster, sourceOf(pod), { tail: 1 });
    const until = Date.now() + CATCH_UP;
    while (last && this.#readUpTo < last.timestamp && Date.now() < until)
      await this.#lines.wait(until - Date.now(), this.#signal);
  }

  async *#output(pod: Pod): AsyncGenerator<BuildEvent> {
    const lines = followPodLog(this.#cluster, sourceOf(pod), {
      signal: this.#signal,
      wake: this.#watch.bell,
    });
    for await (const line of lines) {
      yield* this.#log.accept(line);
      this.#readUpTo = line.timestamp;
      this.#lines.ring();
    }
  }

  /** Says what keeps a build from going on, as soon as it is seen: Tekton itself may wait for ever. */
  *#waiting(run: TaskRun): Generator<BuildEvent> {
    const { reason, status } = conditionOf(run) ?? {};
    if (status === 'Unknown' && !USUAL.has(reason))
      yield* this.#say(run.metadata.name ?? '', conditionText(run), 'state');
    for (const { reason: why, message, involvedObject } of this.#watch.warnings)
      yield* this.#say(
        involvedObject.name ?? '',
        `${why}: ${message}`,
        'event',
      );
  }

  /** Says what Tekton should have done long ago: its controller may not run. */
  *#silence(
    run: TaskRun | undefined,
    pod: Pod | undefined,
  ): Generator<BuildEvent> {
    const owed = run && owedByTekton(run, pod);
    if (owed !== this.#owed?.text)
      this.#owed = owed ? { text: owed, since: Date.now() } : undefined;
    if (this.#owed && Date.now() - this.#owed.since > TEKTON_IS_LATE)
      yield* this.#say('Tekton', this.#owed.text);
  }

  /** A build that took too long may have been slowed down. */
  async #throttles(run: TaskRun): Promise<RawEvidence[]> {
    const { reason = '' } = conditionOf(run) ?? {};
    const { namespace = '' } = run.metadata;
    return ['TaskRunTimeout', 'TaskRunCancelled'].includes(reason)
      ? throttles(this.#cluster, namespace)
      : [];
  }

  /** Tekton would wait for ever, or far too long. */
  #giveUpHopeless(name: string): void {
    const sign = this.#signs.find(({ text }) => isHopeless(text));
    if (!sign) return;
    this.#hasGivenUp = true;
    const others = this.#signs.filter(other => other !== sign);
    throw failure(`The build ${name} does not begin: ${sign.text}`, [
      sign,
      ...others,
    ]);
  }

  *#say(
    source: string,
    text: string,
    kind?: 'state' | 'event',
  ): Generator<BuildEvent> {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    if (kind) {
      const facts = waitingFacts(text);
      this.#signs.push(evidenceOf(kind, source, text, { facts }));
    }
    yield { type: 'log', at: new Date(), text };
  }
}

/** What only Tekton can do next, in words for the log; nothing where it is the turn of another. */
function owedByTekton(run: TaskRun, pod?: Pod): string | undefined {
  if (hasEnded(run)) return undefined;
  const condition = conditionOf(run);
  if (!condition) return 'Tekton has not taken the TaskRun up yet';
  if (!pod && USUAL.has(condition.reason))
    return 'Tekton has taken the TaskRun up, but there is no pod of it yet';
  const isOver = ['Succeeded', 'Failed'].includes(pod?.status?.phase ?? '');
  return isOver
    ? 'The pod of the TaskRun has ended, but Tekton has not said so yet'
    : undefined;
}

function sourceOf({ metadata }: Pod) {
  return {
    namespace: metadata.namespace ?? '',
    pod: metadata.name ?? '',
    uid: metadata.uid,
    container: BUILD_CONTAINER,
  };
}
