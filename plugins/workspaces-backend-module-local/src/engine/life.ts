import type Docker from 'dockerode';
import type { RawEvidence } from '@slipway/backstage-plugin-workspaces-node';
import {
  abortable,
  Bell,
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { engineText } from '../failures';
import { Containers } from './containers';
import { ContainerExit, exitOf, logEvidence, stateEvidence } from './evidence';
import { EngineEvent, openEvents } from './events';

/** After as many it does not come up by itself: a process that ends is not waited for. */
const CERTAIN_AFTER_RESTARTS = 3;
const KEPT_EVENTS = 30;

/**
 * Watches a container that is coming up: says when it is certain that it will not, and keeps
 * what was seen from the first sign on. Events wake it; what counts is the engine's own record.
 */
export class LifeWatch {
  readonly #containers: Containers;
  readonly #name: string;
  readonly #bell = new Bell();
  readonly #stop = new AbortController();
  #events: EngineEvent[] = [];
  #firstExit: ContainerExit | undefined;
  #restartsBefore: number | undefined;

  private constructor(containers: Containers, name: string) {
    this.#containers = containers;
    this.#name = name;
  }

  /** Resolves when events are being received, so that nothing of a start that follows is missed. */
  static async begin(
    containers: Containers,
    name: string,
    signal: AbortSignal,
  ): Promise<LifeWatch> {
    const watch = new LifeWatch(containers, name);
    const stopped = AbortSignal.any([signal, watch.#stop.signal]);
    try {
      const events = await abortable(
        signal,
        openEvents(
          containers.docker,
          { filters: { type: ['container'], container: [name] } },
          stopped,
        ),
      );
      watch.#keep(events).catch(error => watch.#sayLost(error));
    } catch (error) {
      signal.throwIfAborted();
      watch.#sayLost(error);
    }
    return watch;
  }

  /** The container as it is now; throws if it certainly will not come up. */
  async look(): Promise<Docker.ContainerInspectInfo> {
    const found = await this.#containers.inspect(this.#name);
    if (!found) {
      throw failure(`The container ${this.#name} has vanished`, [
        evidenceOf('state', this.#name, 'The container does not exist'),
        ...this.#eventEvidence(),
      ]);
    }
    const { State: state, RestartCount: restarts } = found;
    this.#restartsBefore ??= state.Running ? restarts : 0;
    const exit = exitOf(state);
    if (exit?.exitCode !== undefined) this.#firstExit ??= exit;
    const ended = !state.Running && state.Status !== 'created';
    const outOfMemory =
      state.OOMKilled && (ended || restarts > this.#restartsBefore);
    const loops =
      restarts - this.#restartsBefore >= CERTAIN_AFTER_RESTARTS ||
      (state.Restarting && restarts >= CERTAIN_AFTER_RESTARTS);
    if (ended || outOfMemory || loops) {
      throw failure(
        outOfMemory
          ? `${this.#name} ran out of memory`
          : `${this.#name} does not stay up`,
        await this.evidence(found),
      );
    }
    return found;
  }

  /** Everything that was seen of the container, its state first. */
  async evidence(found: Docker.ContainerInspectInfo): Promise<RawEvidence[]> {
    const exit = this.#firstExit ?? exitOf(found.State);
    const seen = exit && {
      ...exit,
      outOfMemory: exit.outOfMemory || found.State.OOMKilled,
    };
    return [
      stateEvidence(this.#name, found, seen),
      ...(await logEvidence(this.#containers.docker, this.#name)),
      ...this.#eventEvidence(),
    ];
  }

  /** Waits; something that happens to the container ends it early. */
  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    await this.#bell.wait(milliseconds, signal);
  }

  end(): void {
    this.#stop.abort();
  }

  async #keep(events: AsyncIterable<EngineEvent>): Promise<void> {
    for await (const event of events) {
      if (event.action.startsWith('exec_')) continue; // our own logins
      if (this.#events.length < KEPT_EVENTS) this.#events.push(event);
      if (event.action === 'die') {
        const { exitCode } = event.attributes;
        this.#firstExit ??= {
          exitCode: exitCode === undefined ? undefined : Number(exitCode),
          outOfMemory: this.#events.some(({ action }) => action === 'oom'),
          at: event.at.toISOString(),
        };
      }
      this.#bell.ring();
    }
  }

  /** Without events the state is still read at each look; the evidence says what it lacks. */
  #sayLost(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#events.push({
      type: 'container',
      action: `no further events: ${engineText(error)}`,
      id: '',
      attributes: {},
      at: new Date(),
    });
  }

  #eventEvidence(): RawEvidence[] {
    if (this.#events.length === 0) return [];
    const text = this.#events
      .map(({ at, action, attributes }) =>
        [
          at.toISOString(),
          action,
          ...(attributes.exitCode ? [`exitCode=${attributes.exitCode}`] : []),
        ].join(' '),
      )
      .join('\n');
    const at = this.#events[0].at.toISOString();
    return [evidenceOf('event', this.#name, text, { at })];
  }
}
