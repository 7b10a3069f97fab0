import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  Observation,
  WorkspaceObservation,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  abortable,
  Bell,
  failure,
  pause,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { engineText } from '../failures';
import type { Containers } from './containers';
import { EngineEvent, openEvents } from './events';
import { SnapshotReader } from './snapshot';
import { UsageReader } from './usage';

/** All in milliseconds. */
const FLOOR = 15_000;
/** Events come in groups: kill, die, stop. */
const GROUPED_WITHIN = 50;
const ANSWER_WITHIN = 10_000;
const FIRST_BACK_OFF = 500;
const LONGEST_BACK_OFF = 15_000;
/** The engine remembers recent events: so is known how something ended just before we looked. */
const REMEMBERED = 60 * 60_000;

/** Not yet a sign that the engine is away: that shows at the next attempt. */
class EventsEnded extends Error {}

/** One stream of what there is, for all workspaces. Events wake it; every floor all is read again. */
export class Observer {
  readonly #containers: Containers;
  readonly #snapshots: SnapshotReader;
  readonly #logger: LoggerService;
  /** What was said last of each workspace, without the time. */
  readonly #said = new Map<string, string>();

  constructor(containers: Containers, logger: LoggerService) {
    this.#containers = containers;
    this.#snapshots = new SnapshotReader(
      containers,
      new UsageReader(containers.docker),
    );
    this.#logger = logger;
  }

  /** Until aborted; then it ends. */
  async *observe(signal: AbortSignal): AsyncGenerator<Observation> {
    let since: string | undefined;
    let backOff = FIRST_BACK_OFF;
    while (!signal.aborted) {
      const stop = new AbortController();
      const watching = AbortSignal.any([signal, stop.signal]);
      try {
        for await (const observation of this.#session(watching)) {
          if (observation.type === 'complete') {
            since = undefined;
            backOff = FIRST_BACK_OFF;
          }
          yield observation;
        }
      } catch (error) {
        if (signal.aborted) return;
        const reason = engineText(error);
        if (since === undefined && !(error instanceof EventsEnded)) {
          since = new Date().toISOString();
          this.#logger.warn(`The container engine cannot be seen: ${reason}`);
          this.#said.clear();
          yield { type: 'unreachable', since, reason };
        }
      } finally {
        stop.abort();
      }
      if (since !== undefined) {
        await pause(backOff * (0.5 + Math.random() / 2), signal).catch(
          () => {},
        );
        backOff = Math.min(backOff * 2, LONGEST_BACK_OFF);
      }
    }
  }

  /** As long as the connection for events stands; what was missed is read at the beginning. */
  async *#session(signal: AbortSignal): AsyncGenerator<Observation> {
    const changed = new Set<string>();
    const bell = new Bell();
    let lost: unknown;
    const events = await this.#within(
      openEvents(
        this.#containers.docker,
        {
          filters: { type: ['container', 'network', 'volume'] },
          since: new Date(Date.now() - REMEMBERED),
        },
        signal,
      ),
      signal,
    );
    this.#receive(events, workspace => {
      changed.add(workspace);
      bell.ring();
    }).catch(error => {
      lost = new EventsEnded('The events of the engine ended', {
        cause: error,
      });
      bell.ring();
    });
    let nextFloor = 0;
    for (;;) {
      if (lost) throw lost;
      if (Date.now() >= nextFloor) {
        changed.clear();
        yield* this.#all(await this.#within(this.#snapshots.all(), signal));
        yield { type: 'complete', at: new Date().toISOString() };
        nextFloor = Date.now() + FLOOR;
      }
      const workspaces = [...changed];
      changed.clear();
      for (const workspace of workspaces) {
        const seen = await this.#within(this.#snapshots.one(workspace), signal);
        yield* this.#say(seen);
      }
      await bell.wait(Math.max(0, nextFloor - Date.now()), signal);
      await pause(GROUPED_WITHIN, signal);
    }
  }

  *#all(seen: WorkspaceObservation[]): Generator<Observation> {
    const present = new Set(seen.map(({ workspace }) => workspace));
    for (const observation of seen) yield* this.#say(observation);
    const at = new Date().toISOString();
    for (const workspace of this.#said.keys()) {
      if (!present.has(workspace)) {
        yield* this.#say({
          workspace,
          at,
          present: false,
          apps: [],
          dependencies: [],
        });
      }
    }
  }

  /** Says a workspace if it is another than it was. */
  *#say(workspace: WorkspaceObservation): Generator<Observation> {
    const text = JSON.stringify({ ...workspace, at: undefined });
    if (this.#said.get(workspace.workspace) === text) return;
    if (workspace.present) {
      this.#said.set(workspace.workspace, text);
    } else if (!this.#said.delete(workspace.workspace)) {
      return; // nobody was told that it was there
    }
    yield { type: 'workspace', workspace };
  }

  async #receive(
    events: AsyncIterable<EngineEvent>,
    onChange: (workspace: string) => void,
  ): Promise<void> {
    const { identities } = this.#containers;
    const outOfMemory = new Set<string>();
    for await (const { type, action, id, attributes, at } of events) {
      const name = type === 'volume' ? id : attributes.name ?? '';
      const workspace = identities.workspaceOf(name);
      if (!workspace || action.startsWith('exec_')) continue;
      if (action === 'oom') outOfMemory.add(id);
      if (action === 'die') {
        this.#snapshots.noteExit(id, {
          exitCode: Number(attributes.exitCode),
          outOfMemory: outOfMemory.delete(id),
          at: at.toISOString(),
        });
      }
      onChange(workspace);
    }
    throw new Error('The engine closed the connection');
  }

  async #within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    const late = new AbortController();
    const timer = setTimeout(
      () =>
        late.abort(
          failure(
            `The container engine did not answer within ${
              ANSWER_WITHIN / 1000
            } s`,
            [],
          ),
        ),
      ANSWER_WITHIN,
    );
    try {
      return await abortable(AbortSignal.any([signal, late.signal]), work);
    } finally {
      clearTimeout(timer);
    }
  }
}
