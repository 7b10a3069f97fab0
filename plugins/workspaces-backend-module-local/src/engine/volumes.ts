import type Docker from 'dockerode';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type { DesiredWorkspace } from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { engineFailure, isNotFound } from '../failures';
import type { Identities } from './identity';

/** The volumes of workspaces. They go only with the workspace. */
export class Volumes {
  readonly #docker: Docker;
  readonly #identities: Identities;

  constructor(docker: Docker, identities: Identities) {
    this.#docker = docker;
    this.#identities = identities;
  }

  /** Names of all volumes that the workspace is to have. */
  desiredNames(desired: DesiredWorkspace): string[] {
    return [
      ...desired.dependencies.flatMap(dependency =>
        this.namesOf(desired.name, dependency.name, [dependency.volume]),
      ),
      ...desired.apps.flatMap(app =>
        this.namesOf(desired.name, app.name, app.volumes),
      ),
    ];
  }

  /** Names of the volumes of one app or dependency. */
  namesOf(
    workspace: string,
    owner: string,
    volumes: { name: string }[],
  ): string[] {
    return volumes.map(volume =>
      this.#identities.volume(workspace, owner, volume.name),
    );
  }

  /** The volumes exist and are this workspace's. */
  async ensure(workspace: string, names: string[]): Promise<void> {
    const labelled = this.#identities.workspaceLabels(workspace);
    for (const name of names) {
      await this.#docker
        .createVolume({ Name: name, Labels: labelled }) // gives the existing one of that name
        .catch(error => {
          throw engineFailure(`Could not create the volume ${name}`, error);
        });
    }
    const own = await this.list(workspace);
    const foreign = names.find(name => !own.includes(name));
    if (foreign) {
      const text = `The volume name ${foreign} is taken by a volume that is not of this portal`;
      throw failure(text, [evidenceOf('state', foreign, text)]);
    }
  }

  /** Names of the volumes of one workspace. */
  async list(workspace: string): Promise<string[]> {
    const filters = this.#identities.filter({ [labels.workspace]: workspace });
    const found = await this.#docker.listVolumes({ filters }).catch(error => {
      throw engineFailure('Could not list volumes', error);
    });
    return found.Volumes.map(volume => volume.Name);
  }

  /** What is absent is no error. */
  async remove(name: string): Promise<'removed' | 'absent'> {
    try {
      await this.#docker.getVolume(name).remove();
      return 'removed';
    } catch (error) {
      if (isNotFound(error)) return 'absent';
      throw engineFailure(`Could not remove the volume ${name}`, error);
    }
  }
}
