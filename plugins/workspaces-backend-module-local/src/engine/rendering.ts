import { createHash } from 'node:crypto';
import { dirname } from 'node:path/posix';
import type Docker from 'dockerode';
import type {
  DesiredApp,
  DesiredDependency,
  DesiredFile,
  DesiredResources,
  DesiredVariable,
  DesiredVolume,
  EngineContext,
  EngineJob,
  SecretReference,
} from '@slipway/backstage-plugin-workspaces-node';
import type { Dialect } from '../dialect';
import type { ContainerFile, ContainerSpecification } from './containers';
import { dependencyKinds } from './dependencyKinds';
import { Identities, Identity } from './identity';

/** A container as it is to be, without what only identifies it. */
interface Rendered {
  options: Docker.ContainerCreateOptions;
  files: ContainerFile[];
}

/** Gives the text that stands for a secret. */
type SecretText = (reference: SecretReference) => Promise<string>;

/**
 * Turns the desired state into containers. What decides about a replacement is a hash of the
 * rendered container in which each secret is represented by its version.
 */
export class Renderer {
  readonly #identities: Identities;
  readonly #dialect: Dialect;

  constructor(identities: Identities, dialect: Dialect) {
    this.#identities = identities;
    this.#dialect = dialect;
  }

  /** The containers of an app, one for each replica. */
  async app(
    workspace: string,
    app: DesiredApp,
    context: EngineContext,
  ): Promise<ContainerSpecification[]> {
    const render = (text: SecretText) => this.#renderApp(workspace, app, text);
    const identities = Array.from(
      { length: app.replicas },
      (_, replica): Identity => ({
        kind: 'app',
        workspace,
        app: app.name,
        release: app.release,
        replica,
      }),
    );
    return this.#specify(identities, render, context);
  }

  /** Hash of an app's containers; resolves no secret. */
  async appHash(
    workspace: string,
    app: DesiredApp,
    context: EngineContext,
  ): Promise<string> {
    return hashOf(await this.#renderApp(workspace, app, versionText(context)));
  }

  /** The container of a dependency. */
  async dependency(
    workspace: string,
    dependency: DesiredDependency,
    context: EngineContext,
  ): Promise<ContainerSpecification> {
    const identity: Identity = {
      kind: 'dependency',
      workspace,
      dependency: dependency.name,
    };
    const render = (text: SecretText) =>
      this.#renderDependency(workspace, dependency, text);
    const [specification] = await this.#specify([identity], render, context);
    return specification;
  }

  /** Hash of a dependency's container; resolves no secret. */
  async dependencyHash(
    workspace: string,
    dependency: DesiredDependency,
    context: EngineContext,
  ): Promise<string> {
    return hashOf(
      await this.#renderDependency(workspace, dependency, versionText(context)),
    );
  }

  /** The container of a job. */
  async job(
    job: EngineJob,
    context: EngineContext,
  ): Promise<ContainerSpecification> {
    const { workspace, app } = job;
    const identity = this.#identities.job(workspace, app, context.key);
    const render = async (text: SecretText): Promise<Rendered> => ({
      options: {
        Image: job.image,
        Cmd: job.command,
        Env: await environment(job.environment, text),
        Healthcheck: { Test: ['NONE'] },
        HostConfig: {
          ...this.#hardened(job.resources),
          Init: true,
          NetworkMode: this.#identities.network(workspace),
        },
      },
      files: await filesOf(job.files, text),
    });
    const [specification] = await this.#specify([identity], render, context);
    return specification;
  }

  async #renderApp(
    workspace: string,
    app: DesiredApp,
    text: SecretText,
  ): Promise<Rendered> {
    const port = `${app.port}/tcp`;
    return {
      options: {
        Image: app.image,
        ...(app.command ? { Cmd: app.command } : {}),
        Env: await environment(app.environment, text),
        ExposedPorts: { [port]: {} },
        Healthcheck: { Test: ['NONE'] }, // health is probed from outside
        ...roomForFiles(app),
        HostConfig: {
          ...this.#hardened(app.resources),
          Init: true,
          NetworkMode: this.#identities.network(workspace),
          PortBindings: { [port]: [{ HostIp: '127.0.0.1', HostPort: '' }] },
          RestartPolicy: { Name: 'unless-stopped' },
          ReadonlyRootfs: app.readOnlyRoot,
          ...(app.readOnlyRoot
            ? { Tmpfs: { '/tmp': 'rw,exec,nosuid,nodev,mode=1777' } }
            : {}),
          Mounts: this.#mounts(workspace, app.name, app.volumes),
        },
      },
      files: await filesOf(app.files, text),
    };
  }

  async #renderDependency(
    workspace: string,
    dependency: DesiredDependency,
    text: SecretText,
  ): Promise<Rendered> {
    const kind = dependencyKinds[dependency.type];
    const {
      command,
      environment: variables,
      files,
    } = kind.render(dependency, await text(dependency.password));
    const network = this.#identities.network(workspace);
    return {
      options: {
        Image: dependency.image,
        Cmd: command,
        Env: variables,
        Healthcheck: { Test: ['NONE'] },
        // No init: it would run as root and, without a capability for it, could not stop the server.
        HostConfig: {
          ...this.#hardened(dependency.resources),
          CapAdd: kind.capabilities,
          NetworkMode: network,
          RestartPolicy: { Name: 'unless-stopped' },
          Mounts: this.#mounts(workspace, dependency.name, [dependency.volume]),
        },
        NetworkingConfig: {
          EndpointsConfig: { [network]: { Aliases: [dependency.name] } },
        },
      },
      files,
    };
  }

  #hardened(resources: DesiredResources): Docker.HostConfig {
    return {
      NanoCpus: Math.round(resources.cpuCores * 1e9),
      Memory: resources.memoryBytes,
      MemorySwap: resources.memoryBytes, // the sum of both: no swap
      PidsLimit: resources.pids,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      LogConfig: this.#dialect.logConfiguration,
    };
  }

  #mounts(
    workspace: string,
    owner: string,
    volumes: DesiredVolume[],
  ): Docker.MountSettings[] {
    return volumes.map(volume => ({
      Type: 'volume',
      Source: this.#identities.volume(workspace, owner, volume.name),
      Target: volume.mountPath,
    }));
  }

  async #specify(
    identities: Identity[],
    render: (text: SecretText) => Promise<Rendered>,
    context: EngineContext,
  ): Promise<ContainerSpecification[]> {
    const hash = hashOf(await render(versionText(context)));
    const { options, files } = await render(reference =>
      context.secrets.resolve(reference),
    );
    const details = { run: context.key.run, specification: hash };
    return identities.map(identity => ({
      identity,
      hash,
      files,
      options: {
        ...options,
        Labels: this.#identities.containerLabels(identity, details),
      },
    }));
  }
}

function versionText({ secrets }: EngineContext): SecretText {
  return async reference =>
    JSON.stringify([
      reference.id,
      reference.template ?? '',
      await secrets.version(reference),
    ]);
}

async function filesOf(
  files: DesiredFile[],
  text: SecretText,
): Promise<ContainerFile[]> {
  return Promise.all(
    files.map(async ({ path, secret }) => ({
      path,
      content: await text(secret),
    })),
  );
}

/** The engine puts no files into a read-only image: their folders become volumes that go with the container. */
function roomForFiles({ readOnlyRoot, files }: DesiredApp) {
  if (!readOnlyRoot || files.length === 0) return {};
  const folders = files.map(({ path }) => dirname(path));
  return { Volumes: Object.fromEntries(folders.map(name => [name, {}])) };
}

/** In the order of the names: another order means nothing. */
async function environment(
  variables: DesiredVariable[],
  text: SecretText,
): Promise<string[]> {
  const assignments = await Promise.all(
    variables.map(async variable => {
      const value =
        'secret' in variable ? await text(variable.secret) : variable.value;
      return `${variable.name}=${value}`;
    }),
  );
  return assignments.sort();
}

function hashOf(rendered: Rendered): string {
  const text = JSON.stringify(rendered);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
