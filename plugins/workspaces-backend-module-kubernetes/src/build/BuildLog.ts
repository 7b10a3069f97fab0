import type {
  BuildEvent,
  BuildStep,
} from '@slipway/backstage-plugin-workspaces-node';
import { BUILDING, FETCHING, OutputReader, Said, Strategy } from './strategies';

/** Lines of a step that are kept as evidence. */
const KEPT_LINES = 50;
const FETCH: Omit<BuildStep, 'state'> = {
  id: 'bundle',
  name: 'Fetch the bundle',
};

/** A line of the build's output. */
export interface BuildLine {
  at: Date;
  text: string;
}

/** A step that failed, and the last that it said. */
export interface FailedStep {
  name: string;
  at: Date;
  lines: string[];
}

/** A place in the Dockerfile that a builder points at. */
export interface DockerfilePlace {
  /** First line, from 1. */
  line: number;
  /** On one line, as it stands in the file. */
  instruction: string;
}

interface Tracked {
  id: string;
  name: string;
  state?: BuildStep['state'];
  error: string;
  mayFail: boolean;
  at: Date;
  lines: string[];
}

/**
 * Follows the output of the script of a builder: makes events of it, and keeps what a failure needs as evidence.
 */
export class BuildLog {
  readonly strategy: Strategy;
  #read: OutputReader;
  #steps = new Map<string, Tracked>();
  #part?: typeof FETCHING | typeof BUILDING;
  readonly #last: string[] = [];
  readonly #marked: { line: number; text: string }[] = [];
  #verdict?: string[];

  constructor(strategy: Strategy) {
    this.strategy = strategy;
    this.#read = strategy.reader();
  }

  /** What the builder said in the end of a build that failed. */
  get verdict(): string | undefined {
    return this.#verdict?.join('\n').trim();
  }

  /** The step that the verdict speaks of; others may have failed because they were cancelled with it. */
  get failedStep(): FailedStep | undefined {
    const failed = [...this.#steps.values()].filter(
      ({ error, mayFail }) => error !== '' && !mayFail,
    );
    const { verdict } = this;
    return failed.find(step => verdict?.includes(step.error)) ?? failed[0];
  }

  /** Where in the Dockerfile the builder saw the failure. */
  get place(): DockerfilePlace | undefined {
    if (this.#marked.length === 0) return undefined;
    const text = this.#marked
      .map(({ text: line }) => line.trim().replace(/\\$/, ''))
      .join(' ');
    return {
      line: this.#marked[0].line,
      instruction: text.replace(/\s+/g, ' ').trim(),
    };
  }

  /** Whether the bundle was still being fetched. */
  get isFetching(): boolean {
    return this.#part === FETCHING;
  }

  /** The last lines, whoever said them. */
  get lastLines(): readonly string[] {
    return this.#last;
  }

  *accept({ at, text }: BuildLine): Generator<BuildEvent> {
    this.#last.push(text);
    if (this.#last.length > KEPT_LINES) this.#last.shift();
    if (this.#verdict) {
      this.#verdict.push(text);
      yield { type: 'log', at, text };
    } else if (text === FETCHING || text === BUILDING) {
      yield* this.#begin(text);
    } else {
      for (const said of this.#read(text)) yield* this.#heard(said, at);
    }
  }

  /** The first part of the script is one step, whatever the builder does for it. */
  *#begin(part: typeof FETCHING | typeof BUILDING): Generator<BuildEvent> {
    this.#steps = new Map();
    this.#read = this.strategy.reader();
    this.#marked.length = 0;
    this.#part = part;
    const state = part === FETCHING ? 'running' : 'done';
    yield { type: 'step', step: { ...FETCH, state } };
  }

  *#heard(said: Said, at: Date): Generator<BuildEvent> {
    if (said.type === 'step') {
      yield* this.#change(said, at);
    } else if (said.type === 'output') {
      const { step: id, text } = said;
      const step = id === undefined ? undefined : this.#steps.get(id);
      if (step) {
        step.at = at;
        step.lines.push(text);
        if (step.lines.length > KEPT_LINES) step.lines.shift();
      }
      if (step || text !== '') yield { type: 'log', at, text };
    } else if (said.type === 'place') {
      this.#marked.push(said);
    } else {
      this.#verdict = [said.text];
      if (this.isFetching)
        yield { type: 'step', step: { ...FETCH, state: 'failed' } };
      yield { type: 'log', at, text: said.text };
    }
  }

  *#change(
    said: Extract<Said, { type: 'step' }>,
    at: Date,
  ): Generator<BuildEvent> {
    const { id, name, state, error = '', hidden, mayFail = false } = said;
    const step: Tracked = this.#steps.get(id) ?? {
      id,
      name,
      error: '',
      mayFail,
      at,
      lines: [],
    };
    this.#steps.set(id, step);
    if (step.state === state || hasEnded(step)) return;
    step.state = state;
    if (state === 'failed') Object.assign(step, { at, error });
    if (this.isFetching || mayFail) return;
    if (hidden && state !== 'failed') return;
    yield { type: 'step', step: { id, name, state } };
  }
}

/** What was cached is not done anew. */
function hasEnded({ state }: Tracked): boolean {
  return state === 'failed' || state === 'cached';
}
