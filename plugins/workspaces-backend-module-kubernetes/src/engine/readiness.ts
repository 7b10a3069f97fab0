import type {
  DesiredApp,
  RawEvidence,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  isReady,
  listensElsewhere,
  ProbeAnswer,
  probeText,
  socketEvidence,
  Sockets,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { Cluster, Pod, containerStatus } from '../client';
import { textOf } from '../failures';
import type { EvidenceReader } from './evidence';
import { CONTAINER } from './names';
import { healthUrl, probe } from './probe';
import { SocketReader } from './sockets';
import { ContainerExit, exitOf } from './verdict';

/** All in milliseconds. An app that is still silent then gets its sockets read, again and again in this distance. */
const SOCKETS_EVERY = 4_000;
/** As long as an app may listen elsewhere before it is certain that it will not come to its port. */
const ELSEWHERE_LONG_ENOUGH = 15_000;

/** Follows one pod of an app until it answers, or until it is certain that it will not. */
export class PodReadiness {
  readonly #cluster: Cluster;
  readonly #evidence: EvidenceReader;
  readonly #sockets: SocketReader;
  readonly #app: DesiredApp;
  readonly #timeout: number;
  readonly #patience: number;
  #firstExit: ContainerExit | undefined;
  #restartsBefore: number | undefined;
  #runningSince: number | undefined;
  #nextSockets = 0;
  #elsewhereSince: number | undefined;
  #seen: Sockets | undefined;
  #reading: Promise<void> | undefined;
  #last = 'It was not asked: it did not run';
  /** Where it answered. */
  url: string | undefined;

  constructor(options: {
    cluster: Cluster;
    evidence: EvidenceReader;
    sockets: SocketReader;
    app: DesiredApp;
    /** In milliseconds, from the start of its process. */
    timeout: number;
    /** In milliseconds, for what may pass by itself before it starts. */
    patience: number;
  }) {
    this.#cluster = options.cluster;
    this.#evidence = options.evidence;
    this.#sockets = options.sockets;
    this.#app = options.app;
    this.#timeout = options.timeout;
    this.#patience = options.patience;
  }

  get hasStarted(): boolean {
    return this.#runningSince !== undefined;
  }

  /** Looks at the pod as it is now and asks it; throws if it certainly will not come up. */
  async look(pod: Pod, signal: AbortSignal): Promise<void> {
    const status = containerStatus(pod, CONTAINER);
    const running = status?.state?.running !== undefined;
    this.#restartsBefore ??= running ? status.restartCount : 0;
    const exit = status && exitOf(status);
    if (exit && (status?.restartCount ?? 0) > 0) this.#firstExit ??= exit;
    const verdict = await this.#evidence.verdictOf(pod, {
      restartsBefore: this.#restartsBefore,
      patience: this.#patience,
    });
    if (verdict) {
      throw await this.#evidence.failureOf(pod, verdict, {
        first: this.#firstExit,
      });
    }
    if (!running || !pod.status?.podIP) return;
    if (this.#runningSince === undefined) {
      this.#runningSince = Date.now();
      this.#nextSockets = this.#runningSince + SOCKETS_EVERY;
    }
    const { port, healthPath: path } = this.#app;
    const url = healthUrl(pod, port, path);
    const answer: ProbeAnswer = await probe(
      this.#cluster,
      pod,
      { port, path },
      signal,
    );
    if (isReady(answer)) {
      this.url = url;
      return;
    }
    this.#last = probeText(url, answer);
    await this.#lookForReasons(pod, this.#runningSince, signal);
  }

  async #lookForReasons(
    pod: Pod,
    runningSince: number,
    signal: AbortSignal,
  ): Promise<void> {
    if (Date.now() >= this.#nextSockets && !this.#reading) {
      this.#reading = this.#readSockets(pod, signal).finally(() => {
        this.#nextSockets = Date.now() + SOCKETS_EVERY;
        this.#reading = undefined;
      });
    }
    const elsewhere =
      this.#elsewhereSince !== undefined &&
      Date.now() - this.#elsewhereSince >= ELSEWHERE_LONG_ENOUGH;
    if (!elsewhere && Date.now() - runningSince < this.#timeout) return;
    await this.#reading;
    if (!this.#seen) await this.#readSockets(pod, signal);
    const { port, healthPath } = this.#app;
    const message = elsewhere
      ? `It does not listen on port ${port}`
      : `It was not ready on ${healthPath} within ${this.#timeout / 1000} s: ${
          this.#last
        }`;
    throw await this.#evidence.failureOf(
      pod,
      { message },
      { first: this.#firstExit, more: this.#silence(pod) },
    );
  }

  async #readSockets(pod: Pod, signal: AbortSignal): Promise<void> {
    const asked = Date.now();
    try {
      const listening = await this.#sockets.read(pod, signal);
      const at = new Date().toISOString();
      this.#seen = { kind: 'seen', listening, at };
    } catch (error) {
      if (signal.aborted) return;
      this.#seen ??= { kind: 'unseen', reason: textOf(error) };
    }
    if (this.#seen && listensElsewhere(this.#seen, this.#app.port)) {
      this.#elsewhereSince ??= asked;
    } else {
      this.#elsewhereSince = undefined;
    }
  }

  #silence(pod: Pod): RawEvidence[] {
    const name = pod.metadata.name ?? '';
    return [
      evidenceOf('probe', name, this.#last),
      ...(this.#seen ? [socketEvidence(name, this.#seen, this.#app.port)] : []),
    ];
  }
}
