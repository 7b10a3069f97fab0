import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import Docker from 'dockerode';
import { SocketProxy } from '../socketProxy';
import type { Container, Item, Recording, TestEngine } from './TestEngine';

/** The Docker engine that `npm test` finds or starts, and names in DOCKER_HOST. */
export class DockerEngine implements TestEngine {
  readonly hasGateway = true;
  readonly docker = new Docker();
  readonly #instance: string;

  constructor(instance: string) {
    this.#instance = instance;
  }

  get configuration() {
    return { local: { instance: this.#instance } };
  }

  async inventory(workspace?: string): Promise<Item[]> {
    const filters = this.#filters(workspace);
    const [containers, networks, volumes, images] = await Promise.all([
      this.docker.listContainers({ all: true, filters }),
      this.docker.listNetworks({ filters }),
      this.docker.listVolumes({ filters: filters as never }),
      this.docker.listImages({ filters }),
    ]);
    const item = (
      kind: string,
      name: string,
      found: Record<string, string> = {},
    ): Item => {
      const role = this.#role(name, found[labels.run]);
      return { kind, name, role: `${kind} ${role}`, receipted: true };
    };
    return [
      ...containers.map(({ Names: [name], Labels }) =>
        item('container', name.slice(1), Labels),
      ),
      ...networks.map(({ Name }) => item('network', Name)),
      ...(volumes.Volumes ?? []).map(({ Name }) => item('volume', Name)),
      // A receipt names images by their tags.
      ...images.map(({ Id }) => ({ ...item('image', Id), receipted: false })),
    ].sort((one, other) => one.role.localeCompare(other.role));
  }

  async containers(workspace: string): Promise<Container[]> {
    const found = await this.docker.listContainers({
      all: true,
      filters: this.#filters(workspace),
    });
    const containers = found.map(async ({ Id, Labels }) => {
      const { Name, Config, Image, State } = await this.docker
        .getContainer(Id)
        .inspect();
      return {
        name: Name.slice(1),
        id: Id,
        hostname: Config.Hostname,
        app: Labels[labels.app] || undefined,
        release: Number(Labels[labels.release]) || undefined,
        dependency: Labels[labels.dependency] || undefined,
        isJob: Boolean(Labels[labels.work]),
        startedAt: State.StartedAt,
        image: Image,
      };
    });
    return (await Promise.all(containers)).sort((one, other) =>
      one.name.localeCompare(other.name),
    );
  }

  async environment({ id }: Container): Promise<Set<string>> {
    return new Set((await this.docker.getContainer(id).inspect()).Config.Env);
  }

  async has({ id }: Container, path: string): Promise<boolean> {
    try {
      await this.docker.getContainer(id).infoArchive({ path });
      return true;
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode === 404) return false;
      throw error;
    }
  }

  async stop(workspace: string, dependency: string) {
    const found = (await this.containers(workspace)).find(
      one => one.dependency === dependency,
    );
    if (!found) throw new Error(`${workspace} has no ${dependency}`);
    const container = this.docker.getContainer(found.id);
    await container.stop({ t: 1 });
    return async () => {
      await container.start();
    };
  }

  /** Stands between the portal and the engine: the engine itself keeps few of its events, and not for long. */
  async record(): Promise<Recording> {
    const directory = mkdtempSync(join(tmpdir(), 'slipway-proxy-'));
    const socket = join(directory, 'docker.sock');
    const engine = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock';
    const proxy = await SocketProxy.listen(
      socket,
      engine.replace('unix://', ''),
    );
    return {
      portal: { dockerHost: `unix://${socket}` },
      made: async (workspace, run) =>
        proxy.effects
          .filter(
            ({ path, status }) =>
              path.startsWith('/containers/create?') && status === 201,
          )
          .map(({ path }) =>
            new URLSearchParams(path.split('?')[1]).get('name'),
          )
          .filter(
            (name): name is string =>
              name?.startsWith(`${this.#instance}.${workspace}.`) === true &&
              // It looks at an app that is slow to answer, and how slow it is differs.
              !name.includes('.helper.'),
          )
          .map(name => this.#role(name, run))
          .sort(),
      end: async () => {
        await proxy.close();
        rmSync(directory, { recursive: true, force: true });
      },
    };
  }

  async removeAll(): Promise<void> {
    const found = await this.inventory();
    const names = (kind: string) =>
      found.filter(item => item.kind === kind).map(({ name }) => name);
    const removal = { force: true, v: true };
    await Promise.all(
      names('container').map(name =>
        this.docker.getContainer(name).remove(removal),
      ),
    );
    await Promise.all([
      ...names('network').map(name => this.docker.getNetwork(name).remove()),
      ...names('volume').map(name => this.docker.getVolume(name).remove()),
      ...names('image').map(id =>
        this.docker.getImage(id).remove({ force: true }),
      ),
    ]);
  }

  #filters(workspace?: string) {
    const instance = `${labels.instance}=${this.#instance}`;
    return {
      label: workspace
        ? [instance, `${labels.workspace}=${workspace}`]
        : [instance],
    };
  }

  /** Names begin with instance and workspace; those of jobs have the run in them. */
  #role(name: string, run: string | undefined): string {
    const parts = name.split('.');
    const own = parts[0] === this.#instance ? parts.slice(2).join('.') : name;
    return run ? own.replace(run, '<run>') : own;
  }
}
