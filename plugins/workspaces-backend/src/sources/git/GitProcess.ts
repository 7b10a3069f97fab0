import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { sourceError } from '../refusal';
import { withoutToken } from '../token';

const LONGEST_OUTPUT = 16 * 1024 * 1024;
const LONGEST_COMPLAINT = 16 * 1024;

/** What every call of git needs. */
export interface GitContext {
  /** Working directory and home; empty but for the repository. */
  directory: string;
  /** All that git gets to see: nothing is inherited. */
  environment: Record<string, string>;
  /** `-c` and its value, before the subcommand. */
  options: string[];
  /** Taken out of everything that git says. */
  token?: string;
  /** Goes into the evidence of a failure. */
  facts: Record<string, string | boolean>;
  signal: AbortSignal;
}

/** A running git with its helpers, which end together. */
export class GitProcess {
  /** Fails where git fails, once git has ended. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #context: GitContext;
  readonly #arguments: string[];
  #complaint = '';
  #stoppedBy: unknown;

  constructor(context: GitContext, gitArguments: string[]) {
    this.#context = context;
    this.#arguments = gitArguments;
    this.#child = spawn('git', [...context.options, ...gitArguments], {
      cwd: context.directory,
      env: context.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a process group of its own, so that its helpers can be ended with it
    });
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = `${this.#complaint}${text}`.slice(0, LONGEST_COMPLAINT);
    });
    this.ended = this.#untilEnded();
    this.ended.catch(() => {}); // also awaited by whoever started it, perhaps later
  }

  get output(): Readable {
    return this.#child.stdout!;
  }

  /** Ends git and its helpers; `ended` then fails with the reason. */
  stop(reason: unknown): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    this.#stoppedBy ??= reason;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  async #untilEnded(): Promise<void> {
    const { signal } = this.#context;
    const abort = () => this.stop(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    try {
      const exit = await exitOf(this.#child);
      if (this.#stoppedBy !== undefined) throw this.#stoppedBy;
      if (exit !== 0) throw this.#failure(exit);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  #failure(exit: number | string): Error {
    const said = withoutToken(this.#complaint, this.#context.token).trim();
    return sourceError(`git ${this.#arguments[0]} failed (${exit})`, {
      source: `git ${this.#arguments[0]}`,
      text: said || `git ended with ${exit} and said nothing`,
      facts: {
        ...this.#context.facts,
        ...(typeof exit === 'number' ? { exitCode: exit } : {}),
      },
    });
  }
}

/** Runs git to its end and answers what it wrote. Throws with what it said, verbatim, where it failed. */
export async function runGit(
  context: GitContext,
  ...gitArguments: string[]
): Promise<string> {
  const git = new GitProcess(context, gitArguments);
  const chunks: Buffer[] = [];
  let length = 0;
  git.output.on('data', (chunk: Buffer) => {
    length += chunk.byteLength;
    if (length > LONGEST_OUTPUT) git.stop(tooLong(gitArguments));
    else chunks.push(chunk);
  });
  await git.ended;
  return Buffer.concat(chunks).toString('utf8');
}

/** The exit code, or the signal that ended it, once all of its output is read. */
function exitOf(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.on('error', error => {
      reject(
        sourceError('git cannot be started on the machine of the portal', {
          source: 'git',
          text: error.message,
          cause: error,
        }),
      );
    });
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
}

function tooLong(gitArguments: string[]): Error {
  const text = `git ${gitArguments[0]} answered more than ${LONGEST_OUTPUT} bytes`;
  return sourceError(text, { source: `git ${gitArguments[0]}`, text });
}
