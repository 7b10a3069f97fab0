import { dirname, relative } from 'node:path/posix';
import { buffer } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import {
  evidenceOf,
  failure,
  pause,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { engineFailure, isNotFound, statusOf } from '../failures';
import { stateEvidence } from './evidence';
import { Identities, Identity } from './identity';

/** A file that is put into a container before it starts. */
export interface ContainerFile {
  /** Absolute. */
  path: string;
  content: string;
}

/** A container as it is to be. */
export interface ContainerSpecification {
  identity: Identity;
  options: Docker.ContainerCreateOptions;
  files: ContainerFile[];
  /** Hash of all that decides whether an existing container is still the right one. */
  hash: string;
}

/** A container of this portal that exists. */
export interface OwnContainer {
  id: string;
  name: string;
  identity: Identity;
  hash: string;
  /** As the engine's list says: `created`, `running`, `exited` ... */
  state: string;
}

/** For a process to end by itself once it was asked to. */
const GRACE_SECONDS = 10;
/** In milliseconds. */
const REMOVAL_TIMEOUT = 30_000;

/**
 * Containers by name: made, adopted, started and removed. Each step can be repeated at any
 * point, because a name decides what exists and a hash whether it is the right one.
 */
export class Containers {
  readonly docker: Docker;
  readonly identities: Identities;

  constructor(docker: Docker, identities: Identities) {
    this.docker = docker;
    this.identities = identities;
  }

  /** Those of one workspace, or all; other people's containers with our labels are not among them. */
  async list(workspace?: string): Promise<OwnContainer[]> {
    const wanted: Record<string, string> = workspace
      ? { [labels.workspace]: workspace }
      : {};
    const found = await this.docker
      .listContainers({ all: true, filters: this.identities.filter(wanted) })
      .catch(error => {
        throw engineFailure('Could not list containers', error);
      });
    return found.flatMap(container => {
      const name = container.Names[0]?.slice(1) ?? '';
      const identity = this.identities.identify(name, container.Labels);
      if (!identity) return [];
      const hash = container.Labels[labels.specification] ?? '';
      return [
        { id: container.Id, name, identity, hash, state: container.State },
      ];
    });
  }

  async inspect(
    name: string,
  ): Promise<Docker.ContainerInspectInfo | undefined> {
    try {
      return await this.docker.getContainer(name).inspect();
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw engineFailure(`Could not look at the container ${name}`, error);
    }
  }

  /** The container exists as specified; one that differs is replaced. It is not started. */
  async ensure(
    specification: ContainerSpecification,
    signal: AbortSignal,
    options: { graceSeconds: number } = { graceSeconds: GRACE_SECONDS },
  ): Promise<'created' | 'kept' | 'replaced'> {
    const { identity, hash } = specification;
    const name = this.identities.container(identity);
    const existing = await this.inspect(name);
    if (existing) {
      this.#requireOurs(name, existing);
      if (existing.Config.Labels[labels.specification] === hash) return 'kept';
      await this.remove(name, signal, options);
    }
    signal.throwIfAborted();
    await this.#create(name, specification);
    return existing ? 'replaced' : 'created';
  }

  /**
   * The container runs, or the engine said why it cannot. One that runs is left alone, and with
   * `adopted` also one that the engine itself restarts again and again.
   */
  async start(
    specification: ContainerSpecification,
    { adopted = false }: { adopted?: boolean } = {},
  ): Promise<'started' | 'runs'> {
    const name = this.identities.container(specification.identity);
    const found = await this.inspect(name);
    const container = this.docker.getContainer(name);
    const isRestarting = found?.State.Restarting ?? false;
    if (isRestarting ? adopted : found?.State.Running) return 'runs';
    try {
      if (isRestarting) {
        await container.restart({ t: 0 }); // counts its restarts from zero again
      } else {
        if (found?.State.Status === 'created') {
          await this.#putFiles(name, specification);
        }
        await container.start();
      }
    } catch (error) {
      if (statusOf(error) === 304) return 'runs'; // somebody else was quicker
      throw await this.#startFailure(name, specification, error);
    }
    return 'started';
  }

  /** Stops and removes it with its anonymous volumes; what is absent is no error. */
  async remove(
    name: string,
    signal: AbortSignal,
    options: { graceSeconds: number } = { graceSeconds: GRACE_SECONDS },
  ): Promise<void> {
    const container = this.docker.getContainer(name);
    try {
      if (options.graceSeconds > 0) {
        await container.stop({ t: options.graceSeconds }).catch(error => {
          if (statusOf(error) !== 304) throw error; // had ended before
        });
      }
      await container.remove({ force: true, v: true });
    } catch (error) {
      if (isNotFound(error)) return;
      if (statusOf(error) !== 409) {
        throw engineFailure(`Could not remove the container ${name}`, error);
      }
      await this.#untilAbsent(name, error, signal); // somebody else removes it right now
    }
  }

  async #untilAbsent(
    name: string,
    cause: unknown,
    signal: AbortSignal,
  ): Promise<void> {
    const deadline = Date.now() + REMOVAL_TIMEOUT;
    while (await this.inspect(name)) {
      if (Date.now() > deadline) {
        throw engineFailure(`Could not remove the container ${name}`, cause);
      }
      await pause(200, signal);
    }
  }

  async #create(
    name: string,
    specification: ContainerSpecification,
  ): Promise<void> {
    const { options, hash } = specification;
    // Told apart, because the client would send the environment in the address as well.
    const request = { name, _query: { name }, _body: options };
    try {
      await this.docker.createContainer(request);
    } catch (error) {
      const existing = await this.inspect(name);
      if (existing) {
        this.#requireOurs(name, existing);
        if (existing.Config.Labels[labels.specification] === hash) return;
      }
      throw engineFailure(
        `Could not create the container ${name}`,
        error,
        isNotFound(error) ? { image: options.Image ?? '' } : undefined,
      );
    }
  }

  /** A read-only image takes none, but volumes in it do. */
  async #putFiles(
    name: string,
    { files, options }: ContainerSpecification,
  ): Promise<void> {
    const volumes = Object.keys(options.Volumes ?? {});
    const folderOf = (path: string) =>
      volumes.includes(dirname(path)) ? dirname(path) : '/';
    for (const folder of ['/', ...volumes]) {
      const inside = files.filter(({ path }) => folderOf(path) === folder);
      if (inside.length === 0) continue;
      const archive = pack();
      // Readable by the user that the image's entrypoint changes to, whoever that is.
      inside.forEach(({ path, content }) =>
        archive.entry({ name: relative(folder, path), mode: 0o444 }, content),
      );
      archive.finalize();
      const content = await buffer(archive);
      await this.docker
        .getContainer(name)
        .putArchive(content, { path: folder, noOverwriteDirNonDir: 'true' });
    }
  }

  async #startFailure(
    name: string,
    { identity, options }: ContainerSpecification,
    error: unknown,
  ) {
    const refused = engineFailure(
      `Could not start the container ${name}`,
      error,
      {
        image: options.Image ?? '',
        ...(identity.kind === 'dependency'
          ? { dependency: identity.dependency }
          : {}),
      },
    );
    const state = await this.inspect(name);
    return state
      ? failure(
          refused.message,
          [...refused.evidence, stateEvidence(name, state)],
          error,
        )
      : refused;
  }

  #requireOurs(name: string, found: Docker.ContainerInspectInfo): void {
    if (this.identities.identify(name, found.Config.Labels ?? {})) return;
    const text = `The container name ${name} is taken by a container that is not of this portal`;
    throw failure(text, [evidenceOf('state', name, text)]);
  }
}
