import type {
  BuildEvent,
  BuildStep,
} from '@slipway/backstage-plugin-workspaces-node';
import type { BuildMessage } from './connection';
import { LineSplitter } from './LineSplitter';
import { decodeTrace, TraceLog, TraceVertex } from './trace';

/** Lines of a step that are kept as evidence. */
const KEPT_LINES = 50;

/** A step that failed, and the last that it said. */
export interface FailedStep {
  name: string;
  error: string;
  at: Date;
  lines: string[];
}

interface Tracked {
  name: string;
  state?: BuildStep['state'];
  error: string;
  /** When its last output or its failure was seen. */
  at: Date;
  outputs: Map<number, LineSplitter>;
  lines: string[];
}

/** A Dockerfile that was changed before it was sent. */
export interface ChangedDockerfile {
  /** Undoes the change in what the engine says. */
  restore(text: string): string;
  /** Whether a step is there only because of the change. */
  added(step: string): boolean;
}

/** Whether a step is the engine's own, and no instruction of the Dockerfile. */
function isInternal(name: string): boolean {
  return name.startsWith('[internal] ') || name === 'copy /context /';
}

function stateOf(vertex: TraceVertex): BuildStep['state'] | undefined {
  if (vertex.error !== '') return 'failed';
  if (vertex.cached) return 'cached';
  if (vertex.completed) return 'done';
  return vertex.started ? 'running' : undefined;
}

/** A step that ran and ended within one message said its lines between the two. */
function asRunning(vertex: TraceVertex): TraceVertex {
  return { ...vertex, completed: false, error: '' };
}

/** Follows the messages of a BuildKit build: makes events of them, and keeps what a failure needs as evidence. */
export class BuildProgress {
  readonly #changed?: ChangedDockerfile;
  readonly #steps = new Map<string, Tracked>();
  #image?: string;
  #error?: string;

  /** @param changed - The Dockerfile that was sent, where it is not the user's own. */
  constructor(changed?: ChangedDockerfile) {
    this.#changed = changed;
  }

  /** The id of the image, once it is made. */
  get image(): string | undefined {
    return this.#image;
  }

  /** The engine's verdict on a build that failed. */
  get error(): string | undefined {
    return this.#error;
  }

  /** The step that the verdict speaks of; others may have failed because they were cancelled with it. */
  get failedStep(): FailedStep | undefined {
    const failed = [...this.#steps.values()].filter(step => step.error !== '');
    return failed.find(step => this.#error?.includes(step.error)) ?? failed[0];
  }

  *accept(message: BuildMessage): Generator<BuildEvent> {
    if (
      message.id === 'moby.buildkit.trace' &&
      typeof message.aux === 'string'
    ) {
      const { vertexes, logs } = decodeTrace(message.aux);
      for (const vertex of vertexes)
        if (vertex.started && !vertex.cached)
          yield* this.#stepEvents(asRunning(vertex));
      for (const log of logs) yield* this.#logEvents(log);
      for (const vertex of vertexes) yield* this.#stepEvents(vertex);
    } else if (message.id === 'moby.image.id') {
      this.#image = (message.aux as { ID: string }).ID;
    } else if (message.error !== undefined) {
      this.#error = this.#restore(
        message.errorDetail?.message ?? message.error,
      );
    }
  }

  /** The lines that were not complete when the build ended. */
  *end(): Generator<BuildEvent> {
    for (const step of this.#steps.values()) yield* this.#unfinishedLines(step);
  }

  *#stepEvents(vertex: TraceVertex): Generator<BuildEvent> {
    const step = this.#track(vertex.digest);
    step.name = this.#restore(vertex.name);
    const state = stateOf(vertex);
    const isNews =
      state !== undefined &&
      state !== step.state &&
      !(state === 'running' && step.state);
    if (!isNews || step.state === 'failed') return;
    step.state = state;
    if (state === 'failed') {
      step.error = this.#restore(vertex.error);
      step.at = new Date();
    }
    if (state !== 'running') yield* this.#unfinishedLines(step);
    if (state === 'failed' || !this.#isInternal(vertex.name)) {
      yield {
        type: 'step',
        step: { id: vertex.digest, name: step.name, state },
      };
    }
  }

  *#logEvents({ vertex, stream, at, bytes }: TraceLog): Generator<BuildEvent> {
    const step = this.#track(vertex);
    step.at = at;
    const output = step.outputs.get(stream) ?? new LineSplitter();
    step.outputs.set(stream, output);
    yield* this.#lines(step, output.push(bytes));
  }

  *#unfinishedLines(step: Tracked): Generator<BuildEvent> {
    for (const output of step.outputs.values())
      yield* this.#lines(step, output.end());
  }

  *#lines(step: Tracked, lines: string[]): Generator<BuildEvent> {
    for (const text of lines) {
      step.lines.push(text);
      if (step.lines.length > KEPT_LINES) step.lines.shift();
      yield { type: 'log', at: step.at, text };
    }
  }

  #restore(text: string): string {
    return this.#changed?.restore(text) ?? text;
  }

  #isInternal(name: string): boolean {
    return isInternal(name) || (this.#changed?.added(name) ?? false);
  }

  #track(digest: string): Tracked {
    const known = this.#steps.get(digest);
    if (known) return known;
    const step: Tracked = {
      name: '',
      error: '',
      at: new Date(),
      outputs: new Map(),
      lines: [],
    };
    this.#steps.set(digest, step);
    return step;
  }
}
