import type { Address } from '@slipway/backstage-plugin-workspaces-node';
import { connect, type Socket } from 'node:net';

/** How long addresses are believed. An engine may give the port of a replica that restarted to another app. */
const ADDRESSES_HOLD = 2_000;
const CONNECT_TIMEOUT = 5_000;

/** Nobody answers for a release: what the gateway tells the client. */
export class NoTargetError extends Error {}

/** A connection to a replica. */
export interface Connection {
  socket: Socket;
  /** Which replica of its release. */
  replica: number;
}

/** The replicas of one release, as the gateway reaches them. */
export class Targets {
  readonly #read: () => Promise<Address[]>;
  #addresses: Address[] = [];
  #readAt = -Infinity;
  #reading: Promise<Address[]> | undefined;
  #turn = 0;

  /** `read` asks the engine. */
  constructor(read: () => Promise<Address[]>) {
    this.#read = read;
  }

  /** Asks the engine again before the next connection. */
  forget(): void {
    this.#readAt = -Infinity;
  }

  /** A connection to the next that takes one of so many replicas, the first ones. */
  async connect(replicas: number): Promise<Connection> {
    const askedBefore = this.#readAt;
    try {
      return await this.#connectToOneOf(replicas);
    } catch (error) {
      // What was just read is the truth; what was remembered may be of a replica that has restarted.
      if (this.#readAt !== askedBefore) throw error;
      this.forget();
      return this.#connectToOneOf(replicas);
    }
  }

  async #current(): Promise<Address[]> {
    if (performance.now() - this.#readAt < ADDRESSES_HOLD)
      return this.#addresses;
    this.#reading ??= this.#readAgain().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readAgain(): Promise<Address[]> {
    this.#addresses = await this.#read();
    this.#readAt = performance.now();
    return this.#addresses;
  }

  async #connectToOneOf(replicas: number): Promise<Connection> {
    const all = await this.#current();
    const addresses = all.filter(({ index }) => index < replicas);
    const first = this.#turn++;
    let failure = new NoTargetError('no replica is running');
    for (let tried = 0; tried < addresses.length; tried++) {
      const address = addresses[(first + tried) % addresses.length];
      try {
        return { socket: await connectTo(address), replica: address.index };
      } catch (error) {
        failure = new NoTargetError((error as Error).message);
      }
    }
    throw failure;
  }
}

async function connectTo(address: Address): Promise<Socket> {
  const socket = connect({ host: address.host, port: address.port });
  socket.setNoDelay(true);
  return new Promise((resolve, reject) => {
    const settle = (done: () => void) => {
      socket.removeAllListeners();
      socket.setTimeout(0);
      done();
    };
    socket.setTimeout(CONNECT_TIMEOUT, () =>
      socket.destroy(
        new Error(
          `connect to ${address.host}:${address.port} took over ${CONNECT_TIMEOUT} ms`,
        ),
      ),
    );
    socket.once('connect', () => settle(() => resolve(socket)));
    socket.once('error', error => settle(() => reject(error)));
  });
}
