import type {
  BuildEvent,
  BuildStep,
} from '@slipway/backstage-plugin-workspaces-node';
import { BUILDING, FETCHING } from './script';

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

/** A place in the Dockerfile that BuildKit points at. */
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
  at: Date;
  lines: string[];
}

/** Whether a step is BuildKit's own, and no instruction of the Dockerfile. */
function isInternal(name: string): boolean {
  return /^\[(internal|auth)\] |^\[context \S+\] load metadata/.test(name);
}

/** Whether a step may fail and the build goes on: the first build of an app finds no cache. */
function isOptional(name: string): boolean {
  return name.startsWith('importing cache manifest');
}

/**
 * Follows the output of the build script, BuildKit's plain progress: makes events of it, and keeps what a
 * failure needs as evidence.
 */
export class BuildLog {
  #steps = new Map<string, Tracked>();
  #part?: typeof FETCHING | typeof BUILDING;
  readonly #last: string[] = [];
  readonly #marked: { line: number; text: string }[] = [];
  #verdict?: string[];

  /** What BuildKit said in the end of a build that failed. */
  get verdict(): string | undefined {
    return this.#verdict?.join('\n').trim();
  }

  /** The step that the verdict speaks of; others may have failed because they were cancelled with it. */
  get failedStep(): FailedStep | undefined {
    const failed = [...this.#steps.values()].filter(
      ({ name, error }) => error !== '' && !isOptional(name),
    );
    const { verdict } = this;
    return failed.find(step => verdict?.includes(step.error)) ?? failed[0];
  }

  /** Where in the Dockerfile BuildKit saw the failure. */
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
      const [, number, said] = /^#(\d+) (.*)$/s.exec(text) ?? [];
      if (number === undefined) yield* this.#unnumbered(at, text);
      else yield* this.#numbered(number, said, at);
    }
  }

  /** The first part of the script is one step, whatever BuildKit does for it. */
  *#begin(part: typeof FETCHING | typeof BUILDING): Generator<BuildEvent> {
    this.#steps = new Map();
    this.#marked.length = 0;
    this.#part = part;
    const state = part === FETCHING ? 'running' : 'done';
    yield { type: 'step', step: { ...FETCH, state } };
  }

  *#unnumbered(at: Date, text: string): Generator<BuildEvent> {
    if (text.startsWith('error: ')) {
      this.#verdict = [text.slice('error: '.length)];
      if (this.isFetching)
        yield { type: 'step', step: { ...FETCH, state: 'failed' } };
    }
    const [, line, instruction] = /^ *(\d+) \| >>> (.*)$/.exec(text) ?? [];
    if (line) this.#marked.push({ line: Number(line), text: instruction });
    if (text !== '') yield { type: 'log', at, text };
  }

  *#numbered(number: string, said: string, at: Date): Generator<BuildEvent> {
    const step = this.#steps.get(number);
    if (!step) {
      const begun: Tracked = {
        id: number,
        name: said,
        error: '',
        at,
        lines: [],
      };
      this.#steps.set(number, begun);
      yield* this.#change(begun, 'running', at);
      return;
    }
    const [, output] = /^\d+\.\d+ (.*)$/s.exec(said) ?? [];
    if (output !== undefined) {
      step.at = at;
      step.lines.push(output);
      if (step.lines.length > KEPT_LINES) step.lines.shift();
      yield { type: 'log', at, text: output };
    } else if (/^DONE \d/.test(said)) yield* this.#change(step, 'done', at);
    else if (said === 'CACHED') yield* this.#change(step, 'cached', at);
    else if (said.startsWith('ERROR: ')) {
      step.error = said.slice('ERROR: '.length);
      yield* this.#change(step, 'failed', at);
    }
  }

  *#change(
    step: Tracked,
    state: BuildStep['state'],
    at: Date,
  ): Generator<BuildEvent> {
    if (step.state === state || step.state === 'failed') return;
    step.state = state;
    if (state === 'failed') step.at = at;
    const { id, name } = step;
    if (this.isFetching || isOptional(name)) return;
    if (isInternal(name) && state !== 'failed') return;
    yield { type: 'step', step: { id, name, state } };
  }
}
