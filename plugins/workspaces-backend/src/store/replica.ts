import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

/**
 * A name for this process among all replicas, `<machine>.<pid>.<start>.<random>`, from
 * which a process on the same machine can tell whether this one still lives.
 */
export function replicaId(): string {
  const random = randomBytes(4).toString('hex');
  const started = startOfProcess(process.pid) ?? 'unknown';
  return `${thisMachine() ?? 'unknown'}.${process.pid}.${started}.${random}`;
}

/** The process of a replica, where it runs, or ran, on this machine. */
export function processOnThisMachine(replica: string): number | undefined {
  const [machine, pid] = replica.split('.');
  return machine === thisMachine() ? Number(pid) : undefined;
}

/** Whether it is certain that the process of a replica has ended. */
export function isGone(replica: string): boolean {
  const pid = processOnThisMachine(replica);
  return pid !== undefined && startOfProcess(pid) !== replica.split('.')[2];
}

/** Differs where process numbers mean something else: another boot, another namespace of processes. */
function thisMachine(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
    const namespace = readlinkSync('/proc/self/ns/pid');
    return createHash('sha256')
      .update(`${boot}${namespace}`)
      .digest('hex')
      .slice(0, 16);
  } catch {
    return undefined; // not Linux: then a lease runs out by its time alone
  }
}

/** When a process began, in ticks since the boot: a number is given to another process later. */
export function startOfProcess(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
