import type Docker from 'dockerode';
import { randomUUID } from 'node:crypto';
import type { Dialect } from '../dialect';
import type { Images } from '../images';
import type { Identities } from './identity';
import { LineReader } from './logStream';

/** Image of the short-lived helper that reads the sockets: a shell's `cat` is all it needs. */
export const HELPER_IMAGE = 'busybox:1.35';

const LISTENING = '0A';

/** A TCP socket on which a process waits for connections. */
export interface ListeningSocket {
  address: string;
  port: number;
}

/** Reads the listening sockets of a container from inside its network. */
export class SocketReader {
  readonly #docker: Docker;
  readonly #identities: Identities;
  readonly #images: Images;

  constructor(docker: Docker, identities: Identities, images: Images) {
    this.#docker = docker;
    this.#identities = identities;
    this.#images = images;
  }

  async read(
    workspace: string,
    container: string,
    dialect: Dialect,
    signal: AbortSignal,
  ): Promise<ListeningSocket[]> {
    await this.#images.ensure(HELPER_IMAGE, signal);
    const name = randomUUID();
    const identity = { kind: 'helper', workspace, name } as const;
    const helper = await this.#docker.createContainer({
      name: this.#identities.container(identity),
      Image: HELPER_IMAGE,
      // One of the two is missing where the kernel has no IPv6.
      Cmd: ['sh', '-c', 'cat /proc/net/tcp /proc/net/tcp6 2>/dev/null'],
      Labels: this.#identities.containerLabels(identity, {
        run: '',
        specification: '',
      }),
      HostConfig: {
        NetworkMode: `container:${container}`,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        ReadonlyRootfs: true,
        Memory: 32 * 1024 * 1024,
        PidsLimit: 8,
        LogConfig: dialect.logConfiguration,
      },
    });
    try {
      await helper.start();
      await helper.wait();
      const output = await helper.logs({ stdout: true, timestamps: true });
      const reader = new LineReader();
      const lines = [...reader.take(output), ...reader.rest()];
      return listeningSockets(lines.map(line => line.text)).filter(
        socket => socket.address !== dialect.resolverAddress,
      );
    } finally {
      await helper.remove({ force: true });
    }
  }
}

/** The listening ones among the lines of /proc/net/tcp and /proc/net/tcp6. */
export function listeningSockets(lines: string[]): ListeningSocket[] {
  const found = new Map<string, ListeningSocket>();
  for (const line of lines) {
    const [, local, , state] = line.trim().split(/\s+/);
    const match = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(local);
    if (match && state === LISTENING) {
      const socket = {
        address: addressOf(match[1]),
        port: parseInt(match[2], 16),
      };
      found.set(`${socket.address} ${socket.port}`, socket);
    }
  }
  return [...found.values()];
}

/** Whether only processes of the same container reach it. */
export function isLoopbackAddress(address: string): boolean {
  return (
    address.startsWith('127.') ||
    address === '::1' ||
    address.startsWith('::ffff:127.')
  );
}

/** The kernel writes the address as words of four bytes in the machine's own order (little endian). */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap(word => [
    ...Buffer.from(word, 'hex').reverse(),
  ]);
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    // eslint-disable-next-line no-bitwise
    ((bytes[index * 2] << 8) | bytes[index * 2 + 1]).toString(16),
  );
  const mapped = groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff';
  if (mapped) return `::ffff:${bytes.slice(12).join('.')}`;
  // The parser of URLs writes addresses in their short form.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
