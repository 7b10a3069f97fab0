import { evidenceOf } from './evidence';
import type { RawEvidence } from '../failure';

const LISTENING = '0A';

/**
 * A TCP socket on which a process waits for connections.
 *
 * @public
 */
export interface ListeningSocket {
  address: string;
  port: number;
}

/**
 * What is known of the listening sockets of an app.
 *
 * @public
 */
export type Sockets =
  | { kind: 'seen'; listening: ListeningSocket[]; at: string }
  | { kind: 'unseen'; reason: string };

/**
 * The listening ones among the lines of /proc/net/tcp and /proc/net/tcp6.
 *
 * @public
 */
export function listeningSockets(lines: string[]): ListeningSocket[] {
  const found = new Map<string, ListeningSocket>();
  for (const line of lines) {
    const [, local = '', , state] = line.trim().split(/\s+/);
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

/** Whether only processes of the same container or pod reach it. */
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

/**
 * Whether it listens, but nobody outside of its container or pod can reach it on the port.
 *
 * @public
 */
export function listensElsewhere(sockets: Sockets, port: number): boolean {
  return (
    sockets.kind === 'seen' &&
    sockets.listening.length > 0 &&
    !sockets.listening.some(
      socket => socket.port === port && !isLoopbackAddress(socket.address),
    )
  );
}

/**
 * What is known of the sockets as evidence, with the port on which the app was to listen.
 *
 * @public
 */
export function socketEvidence(
  name: string,
  sockets: Sockets,
  expectedPort: number,
): RawEvidence {
  if (sockets.kind === 'unseen') {
    return evidenceOf(
      'sockets',
      name,
      `The listening sockets could not be read: ${sockets.reason}`,
      { facts: { expectedPort } },
    );
  }
  const text = sockets.listening
    .map(({ address, port }) =>
      address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
    )
    .join(', ');
  return evidenceOf(
    'sockets',
    name,
    text === '' ? 'Nothing listens' : `Listens on ${text}`,
    {
      at: sockets.at,
      facts: {
        expectedPort,
        listening: sockets.listening.map(({ address, port }) => ({
          address,
          port,
        })),
      },
    },
  );
}
