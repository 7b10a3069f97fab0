import { readFile, readdir, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';

/** A process that listens on a port of this machine. */
export interface PortHolder {
  pid: number;
  /** Its command as the system shows it. */
  name: string;
}

/** What the system answered when a port was tried; `undefined` where it can be bound. */
export interface PortRefusal {
  /** For example `EADDRINUSE`. */
  code: string;
  /** Verbatim. */
  text: string;
}

const LISTENING = '0A';

/** Binds a port for a moment, to see whether it can be bound. */
export async function tryPort(
  host: string,
  port: number,
): Promise<PortRefusal | undefined> {
  const server = createServer();
  return new Promise(resolve => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve({ code: error.code ?? 'unknown', text: error.message }),
    );
    server.listen({ host, port, exclusive: true }, () =>
      server.close(() => resolve(undefined)),
    );
  });
}

/**
 * Which process listens on a TCP port of this machine, where the system lets us see it (Linux, same user or root).
 * `likely` is looked at first: to look at all of them takes a while.
 */
export async function findPortHolder(
  port: number,
  likely?: number,
): Promise<PortHolder | undefined> {
  const sockets = new Set([
    ...(await listeningSockets('/proc/net/tcp', port)),
    ...(await listeningSockets('/proc/net/tcp6', port)),
  ]);
  if (sockets.size === 0) return undefined;
  const all = likely ? [likely, ...(await processes())] : await processes();
  for (const pid of all) {
    if (await hasOneOf(pid, sockets)) {
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
      return { pid, name: name.trim() };
    }
  }
  return undefined;
}

/** Inodes of the sockets that listen on the port. */
async function listeningSockets(
  table: string,
  port: number,
): Promise<string[]> {
  const text = await readFile(table, 'utf8').catch(() => '');
  return text
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/\s+/))
    .filter(
      ([, local, , state]) =>
        state === LISTENING && parseInt(local.split(':')[1], 16) === port,
    )
    .map(columns => columns[9]);
}

async function processes(): Promise<number[]> {
  const entries = await readdir('/proc').catch(() => []);
  return entries.filter(name => /^\d+$/.test(name)).map(Number);
}

async function hasOneOf(pid: number, sockets: Set<string>): Promise<boolean> {
  const directory = `/proc/${pid}/fd`;
  const descriptors = await readdir(directory).catch(() => []); // another user's, or gone
  for (const descriptor of descriptors) {
    const target = await readlink(`${directory}/${descriptor}`).catch(() => '');
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode && sockets.has(inode)) return true;
  }
  return false;
}
