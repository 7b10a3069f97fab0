// What /proc tells about processes and ports (Linux; elsewhere: nothing known).
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** All process ids that can be seen. */
export function processIds() {
  try {
    return readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/**
 * The fields of /proc/pid/stat after the name, which stands in parentheses and
 * may hold anything. A zombie has ended: it counts as not running.
 */
function readStat(pid) {
  const stat = read(`/proc/${pid}/stat`);
  const end = stat?.lastIndexOf(')');
  const fields = stat?.slice(end + 2).split(' ');
  return fields && fields[0] !== 'Z'
    ? { name: stat.slice(stat.indexOf('(') + 1, end), fields }
    : undefined;
}

/** The short name of a process, or undefined when it does not run. */
export function processName(pid) {
  return readStat(pid)?.name;
}

/** The arguments of a process. */
export function processArguments(pid) {
  return read(`/proc/${pid}/cmdline`)?.split('\0') ?? [];
}

/**
 * Whether a process shares the network of this one; one whose network may not
 * be looked at is taken to.
 */
export function sharesNetwork(pid) {
  const network = id => readlinkSync(`/proc/${id}/ns/net`);
  try {
    return network(pid) === network('self');
  } catch {
    return true;
  }
}

/**
 * A value that tells a process from a later one with the same number: its
 * start time in clock ticks since boot (field 22 of /proc/pid/stat).
 */
export function startTime(pid) {
  return readStat(pid)?.fields[19];
}

/** An identity that survives re-use of process numbers, e.g. `4711-123456`. */
export function identify(pid) {
  return `${pid}-${startTime(pid) ?? 'unknown'}`;
}

/** Whether the process of an identity runs. */
export function isAlive(identity) {
  const [pid, started] = identity.split('-');
  return started !== undefined && startTime(pid) === started;
}

/** Socket inodes that listen on a TCP port, from the text of /proc/net/tcp. */
export function listeningInodes(table, port) {
  const hexadecimal = port.toString(16).toUpperCase().padStart(4, '0');
  return table
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/\s+/))
    .filter(
      fields => fields[1]?.endsWith(`:${hexadecimal}`) && fields[3] === '0A',
    )
    .map(fields => fields[9]);
}

/** The process that listens on a TCP port, if it can be seen. */
export function portOwner(port) {
  const inodes = ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap(file => listeningInodes(read(file) ?? '', port))
    .map(inode => `socket:[${inode}]`);
  for (const pid of processIds()) {
    try {
      const held = readdirSync(`/proc/${pid}/fd`).some(descriptor => {
        try {
          return inodes.includes(readlinkSync(`/proc/${pid}/fd/${descriptor}`));
        } catch {
          return false; // closed meanwhile
        }
      });
      if (held) {
        return { pid, name: processName(pid) };
      }
    } catch {
      // a process of another user
    }
  }
  return undefined;
}
