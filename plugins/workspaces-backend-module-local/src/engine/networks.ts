import type Docker from 'dockerode';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type { DesiredWorkspace } from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { engineFailure, isNotFound, statusOf } from '../failures';
import type { Identities } from './identity';

/**
 * The networks of workspaces. All containers of a workspace are on its own network, where the
 * dependencies have their names and which no other workspace reaches.
 *
 * Apps have their names on a further network each, which a container joins as the holder of the name
 * only when it is to be found by it: on one network the engine gives a name only while connecting, and
 * a container that would have to be disconnected for it loses its connections. These networks lead
 * nowhere else. A workspace with a single app needs none, for nobody asks for it.
 */
export class Networks {
  readonly #docker: Docker;
  readonly #identities: Identities;
  /** One after the other: the engine lets two of the same name be made at the same moment. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(docker: Docker, identities: Identities) {
    this.#docker = docker;
    this.#identities = identities;
  }

  /** Apps that have a name for others. */
  namedApps(desired: DesiredWorkspace): string[] {
    return desired.apps.length > 1 ? desired.apps.map(app => app.name) : [];
  }

  /** Names of all networks that the workspace is to have. */
  desiredNames(desired: DesiredWorkspace): string[] {
    return [
      this.#identities.network(desired.name),
      ...this.namedApps(desired).map(app =>
        this.#identities.nameNetwork(desired.name, app),
      ),
    ];
  }

  /** All networks of the workspace exist. Gives the names of those that had to be made. */
  async ensure(desired: DesiredWorkspace): Promise<string[]> {
    const ensured = this.#turn.then(() => this.#ensure(desired));
    this.#turn = ensured.catch(() => {}); // the next one is told its own failure
    return ensured;
  }

  /** Names of the networks of one workspace. */
  async list(workspace: string): Promise<string[]> {
    const filters = this.#identities.filter({ [labels.workspace]: workspace });
    const found = await this.#docker.listNetworks({ filters }).catch(error => {
      throw engineFailure('Could not list networks', error);
    });
    return found.map(network => network.Name);
  }

  /** The container can find the other apps of the workspace by their names. */
  async joinAsReader(
    container: string,
    desired: DesiredWorkspace,
    ownApp?: string,
  ): Promise<void> {
    const others = this.namedApps(desired).filter(app => app !== ownApp);
    for (const app of others) {
      await this.#connect(
        container,
        this.#identities.nameNetwork(desired.name, app),
      );
    }
  }

  /** The container can find all apps of the workspace by their names. */
  async joinAll(container: string, workspace: string): Promise<void> {
    const own = this.#identities.network(workspace);
    for (const network of await this.list(workspace)) {
      if (network !== own) await this.#connect(container, network);
    }
  }

  /** The container is found by the name of its app. */
  async giveName(
    container: string,
    workspace: string,
    app: string,
  ): Promise<void> {
    await this.#connect(
      container,
      this.#identities.nameNetwork(workspace, app),
      app,
    );
  }

  /** Whether the container is found by the name of its app. */
  holdsName(
    container: Docker.ContainerInspectInfo,
    workspace: string,
    app: string,
  ): boolean {
    const network = this.#identities.nameNetwork(workspace, app);
    return network in container.NetworkSettings.Networks;
  }

  /** Removes a network, after taking out what is still on it. What is absent is no error. */
  async remove(name: string): Promise<'removed' | 'absent'> {
    const network = this.#docker.getNetwork(name);
    try {
      const { Containers: containers = {} } = await network.inspect();
      for (const container of Object.keys(containers)) {
        await network.disconnect({ Container: container, Force: true });
      }
      await network.remove();
      return 'removed';
    } catch (error) {
      if (isNotFound(error)) return 'absent';
      throw engineFailure(`Could not remove the network ${name}`, error);
    }
  }

  async #ensure(desired: DesiredWorkspace): Promise<string[]> {
    const existing = new Set(await this.list(desired.name));
    const [own, ...others] = this.desiredNames(desired);
    const made: string[] = [];
    for (const name of [own, ...others]) {
      if (!existing.has(name)) {
        await this.#create(name, desired.name, { internal: name !== own });
        made.push(name);
      }
    }
    return made;
  }

  async #create(
    name: string,
    workspace: string,
    options: { internal: boolean },
  ): Promise<void> {
    try {
      await this.#docker.createNetwork({
        Name: name,
        CheckDuplicate: true,
        Driver: 'bridge',
        Internal: options.internal,
        Labels: this.#identities.workspaceLabels(workspace),
      });
    } catch (error) {
      if (statusOf(error) === 409) {
        if ((await this.list(workspace)).includes(name)) return; // made at the same moment
        const text = `The network name ${name} is taken by a network that is not of this portal`;
        throw failure(text, [evidenceOf('state', name, text)], error);
      }
      throw engineFailure(`Could not create the network ${name}`, error);
    }
  }

  async #connect(
    container: string,
    network: string,
    alias?: string,
  ): Promise<void> {
    if (await this.#isConnected(container, network)) return;
    try {
      await this.#docker.getNetwork(network).connect({
        Container: container,
        ...(alias ? { EndpointConfig: { Aliases: [alias] } } : {}),
      });
    } catch (error) {
      if (await this.#isConnected(container, network)) return;
      throw engineFailure(
        `Could not connect ${container} to the network ${network}`,
        error,
      );
    }
  }

  async #isConnected(container: string, network: string): Promise<boolean> {
    try {
      const found = await this.#docker.getContainer(container).inspect();
      return network in found.NetworkSettings.Networks;
    } catch (error) {
      throw engineFailure(
        `Could not look at the container ${container}`,
        error,
      );
    }
  }
}
