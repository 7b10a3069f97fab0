import type Docker from 'dockerode';
import { randomUUID } from 'node:crypto';
import {
  ListeningSocket,
  listeningSockets,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import type { Dialect } from '../dialect';
import type { Images } from '../images';
import type { Identities } from './identity';
import { LineReader } from './logStream';

/** Image of the short-lived helper that reads the sockets: a shell's `cat` is all it needs. */
export const HELPER_IMAGE = 'busybox:1.35';

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
