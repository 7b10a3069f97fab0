import type Docker from 'dockerode';

/** What a container uses right now. */
export interface Usage {
  /** Since it was asked the time before; unknown the first time. */
  cpuCores?: number;
  memoryBytes: number;
}

interface CpuReading {
  at: number;
  /** Nanoseconds of all cores since the container started. */
  total: number;
}

const MEBIBYTE = 1024 * 1024;

/** Reads what containers use. The engine's cheap answer has no earlier reading in it: that is kept here. */
export class UsageReader {
  readonly #docker: Docker;
  readonly #readings = new Map<string, CpuReading>();
  readonly #usage = new Map<string, Usage>();

  constructor(docker: Docker) {
    this.#docker = docker;
  }

  /** What was read last. */
  known(container: string): Usage | undefined {
    return this.#usage.get(container);
  }

  async read(container: string): Promise<void> {
    const stats = await this.#docker
      .getContainer(container)
      .stats({ stream: false, 'one-shot': true });
    const at = Date.parse(String(stats.read));
    const total = stats.cpu_stats.cpu_usage.total_usage;
    const before = this.#readings.get(container);
    this.#readings.set(container, { at, total });
    const { usage = 0, stats: parts = {} } = stats.memory_stats;
    // Pages of files that were read can be dropped at any time.
    const reclaimable =
      numberAt(parts, 'total_inactive_file') ??
      numberAt(parts, 'inactive_file') ??
      0;
    this.#usage.set(container, {
      memoryBytes: Math.round((usage - reclaimable) / MEBIBYTE) * MEBIBYTE,
      ...(before && at > before.at && total >= before.total
        ? { cpuCores: cores(before, { at, total }) }
        : {}),
    });
  }

  /** Forgets all but these. */
  retain(containers: string[]): void {
    for (const known of this.#readings.keys()) {
      if (!containers.includes(known)) {
        this.#readings.delete(known);
        this.#usage.delete(known);
      }
    }
  }
}

function cores(before: CpuReading, now: CpuReading): number {
  const busy = (now.total - before.total) / 1e6;
  return Math.round((busy / (now.at - before.at)) * 100) / 100;
}

function numberAt(record: object, key: string): number | undefined {
  const value = (record as Record<string, unknown>)[key];
  return typeof value === 'number' ? value : undefined;
}
