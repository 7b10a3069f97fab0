import type { Address } from '@slipway/backstage-plugin-workspaces-node';
import { connect, type Socket } from 'node:net';

/** How long addresses are believed. An engine may give the port of a replica that restarted to another app. */
const ADDRESSES_HOLD = 2_000;
const CONNECT_TIMEOUT = 5_000;

/** Nobody answers for a release: what the gateway tells the client. */
export class NoTargetError extends Error {}

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

  /** A connection to the next replica that takes one. */
  async connect(): Promise<Socket> {
    const askedBefore = this.#readAt;
    const addresses = await this.#current();
    try {
      return await this.#connectToOneOf(addresses);
    } catch (error) {
      // What was just read is the truth; what was remembered may be of a replica that has restarted.
      if (this.#readAt !== askedBefore) throw error;
      this.forget();
      return this.#connectToOneOf(await this.#current());
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

  async #connectToOneOf(addresses: Address[]): Promise<Socket> {
    const first = this.#turn++;
    let failure = new NoTargetError('no replica is running');
    for (let tried = 0; tried < addresses.length; tried++) {
      const address = addresses[(first + tried) % addresses.length];
      try {
        return await connectTo(address);
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
