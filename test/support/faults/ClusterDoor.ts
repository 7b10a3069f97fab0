import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  connect,
  createServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A way to the API server that can be shut: a cluster that is away. */
export class ClusterDoor {
  readonly #folder = mkdtempSync(join(tmpdir(), 'slipway-door-'));
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  /** @param kubeconfig - Path of one in JSON, as the scripts of the test cluster write it. */
  static async open(kubeconfig: string): Promise<ClusterDoor> {
    const content = JSON.parse(readFileSync(kubeconfig, 'utf8'));
    const door = new ClusterDoor(new URL(content.clusters[0].cluster.server));
    await new Promise<void>(done =>
      door.#server.listen(0, '127.0.0.1', () => done()),
    );
    const { port } = door.#server.address() as AddressInfo;
    Object.assign(content.clusters[0].cluster, {
      server: `https://127.0.0.1:${port}`,
      'tls-server-name': 'kubernetes',
    });
    writeFileSync(door.kubeconfig, JSON.stringify(content), { mode: 0o600 });
    return door;
  }

  private constructor({ hostname, port }: URL) {
    this.#server = createServer(near => {
      const far = connect(Number(port), hostname);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => {}); // the other end hears of it by the close
        socket.on('close', () => {
          this.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far).pipe(near);
    });
  }

  /** Path of the kubeconfig that leads through it. */
  get kubeconfig(): string {
    return join(this.#folder, 'kubeconfig');
  }

  /** Breaks all connections, and lets nobody through any more. */
  async shut(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise(done => this.#server.close(done));
    this.#sockets.forEach(socket => socket.resetAndDestroy());
    await closed;
  }

  async remove(): Promise<void> {
    await this.shut();
    rmSync(this.#folder, { recursive: true });
  }
}
