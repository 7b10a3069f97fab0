import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deployment } from '../deployments';
import { time } from '../deployments';

/** A call to the API server, or a connection that was made for some. */
interface Entry {
  /** In milliseconds since 1970. */
  at: number;
  method?: string;
  path?: string;
  connection?: boolean;
}

/** What a run asked of the API server. */
export interface ApiUse {
  calls: number;
  /** Calls that make, change or remove an object. */
  written: number;
  connections: number;
}

/** What a portal asks of the API server, as its HTTP client itself tells it. */
export class ApiCalls {
  readonly #directory = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  readonly #file = join(this.#directory, 'calls');
  readonly #server: string;

  /** @param kubeconfig - Path, of the JSON that `test:cluster` writes. */
  constructor(kubeconfig: string) {
    const [{ cluster }] = JSON.parse(readFileSync(kubeconfig, 'utf8')).clusters;
    this.#server = cluster.server;
    writeFileSync(this.#file, '');
  }

  /** For the process of the portal. */
  get environment(): Record<string, string> {
    const recorder = join(__dirname, 'apiCallRecorder.cjs');
    return {
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --require=${recorder}`,
      SLIPWAY_BENCH_API: this.#server,
      SLIPWAY_BENCH_CALLS: this.#file,
    };
  }

  during({ run }: Deployment): ApiUse {
    const [from, to] = [time(run.startedAt), time(run.endedAt)];
    const entries = readFileSync(this.#file, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as Entry)
      .filter(({ at }) => at >= from && at <= to);
    const calls = entries.filter(({ method }) => method);
    return {
      calls: calls.length,
      written: calls.filter(isWrite).length,
      connections: entries.filter(({ connection }) => connection).length,
    };
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true });
  }
}

function isWrite({ method, path = '' }: Entry): boolean {
  return method !== 'GET' && !path.includes('dryRun=');
}
