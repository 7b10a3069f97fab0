import { AddressInfo, Server, Socket, connect, createServer } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { Cluster } from '../client';

/** A way to a cluster that can be cut and mended. */
export class ClusterProxy {
  readonly #kubeconfig: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  constructor(kubeconfig: string) {
    this.#kubeconfig = kubeconfig;
  }

  async start(): Promise<void> {
    const target = this.#target;
    const server = createServer(near => {
      const far = connect(Number(target.port || 443), target.hostname);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far).pipe(near);
    });
    await new Promise<void>(resolve =>
      server.listen(this.#port, '127.0.0.1', resolve),
    );
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** All connections break, and nobody answers any more. */
  async cut(): Promise<void> {
    const closed = new Promise(resolve => this.#server?.close(resolve));
    this.#sockets.forEach(socket => socket.resetAndDestroy());
    await closed;
  }

  cluster(): Cluster {
    return new Cluster(() => {
      const config = new KubeConfig();
      config.loadFromFile(this.#kubeconfig);
      const found = config.getCurrentCluster()!;
      config.clusters = config.clusters.map(cluster =>
        cluster.name === found.name
          ? {
              ...cluster,
              server: `https://127.0.0.1:${this.#port}`,
              tlsServerName: 'kubernetes',
            }
          : cluster,
      );
      return config;
    });
  }

  get #target(): URL {
    const config = new KubeConfig();
    config.loadFromFile(this.#kubeconfig);
    return new URL(config.getCurrentCluster()!.server);
  }
}
