import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const READINESS_LIMIT = 180_000;

export interface BackendProcessOptions {
  /** What Node runs. */
  args: string[];
  cwd: string;
  environment: Record<string, string | undefined>;
  /** Where the backend listens. */
  baseUrl: string;
  /** Gets the output, behind that of earlier starts. */
  logFile: string;
}

/** The backend of a portal as a process of its own, which is ready when it has been started. */
export class BackendProcess {
  readonly #child: ChildProcess;

  static async start(options: BackendProcessOptions): Promise<BackendProcess> {
    const output = openSync(options.logFile, 'a');
    const child = spawn(process.execPath, options.args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    const backend = new BackendProcess(child);
    try {
      await untilReady(child, options);
    } catch (error) {
      await backend.end('SIGKILL');
      throw error;
    }
    return backend;
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (hasEnded(this.#child)) return;
    const ended = new Promise(done => this.#child.once('exit', done));
    this.#child.kill(signal);
    await ended;
  }
}

/** A port of this machine that nothing listens on. */
export async function freePort(): Promise<number> {
  return new Promise<number>((done, failed) => {
    const server = createServer();
    server.once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        done(typeof address === 'object' && address ? address.port : 0),
      );
    });
  });
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function untilReady(
  child: ChildProcess,
  { baseUrl, logFile }: BackendProcessOptions,
): Promise<void> {
  const deadline = Date.now() + READINESS_LIMIT;
  while (Date.now() < deadline) {
    if (hasEnded(child))
      throw new Error(
        `The portal ended before it was ready:\n${logTail(logFile)}`,
      );
    const response = await fetch(
      `${baseUrl}/.backstage/health/v1/readiness`,
    ).catch(() => undefined);
    if (response?.ok) return;
    await delay(100);
  }
  throw new Error(
    `The portal was not ready within ${READINESS_LIMIT / 1000} s:\n${logTail(
      logFile,
    )}`,
  );
}

function logTail(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').split('\n');
  return lines
    .filter(line => !line.includes('/.backstage/health/'))
    .slice(-20)
    .join('\n');
}
