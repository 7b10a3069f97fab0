import type { LoggerService } from '@backstage/backend-plugin-api';
import type { StageName } from '@slipway/backstage-plugin-workspaces-common';
import type { EngineContext, SecretResolver } from '../context';
import type {
  DesiredApp,
  DesiredDependency,
  DesiredWorkspace,
  SecretReference,
  WorkspacePart,
} from '../desired';
import type { WorkspaceEngine } from '../engine';
import { EngineError } from '../failure';
import type { EngineHarness } from './harness';
import { sampleFiles } from './sampleApp';

const MEBIBYTE = 1024 * 1024;

/**
 * Secrets of the tests, in the open.
 *
 * @public
 */
export class ContractSecrets implements SecretResolver {
  readonly #values = new Map<string, { value: string; version: number }>();

  set(id: string, value: string): void {
    const version = (this.#values.get(id)?.version ?? 0) + 1;
    this.#values.set(id, { value, version });
  }

  async resolve({ id, template = '{raw}' }: SecretReference): Promise<string> {
    const { value } = this.#get(id);
    return template
      .replace('{raw}', value)
      .replace('{uri}', encodeURIComponent(value));
  }

  async version({ id }: SecretReference): Promise<string> {
    return String(this.#get(id).version);
  }

  #get(id: string) {
    const found = this.#values.get(id);
    if (!found) throw new Error(`There is no secret ${id}`);
    return found;
  }
}

const silentLogger: LoggerService = {
  error: () => {},
  warn: () => {},
  info: () => {},
  debug: () => {},
  child: () => silentLogger,
};

/**
 * The engine under test and what the tests of its contract share, for further tests of an engine as well.
 *
 * @public
 */
export class ContractSuite {
  readonly harness: EngineHarness;
  readonly secrets = new ContractSecrets();
  #engine: WorkspaceEngine | undefined;
  readonly #images = new Map<string, Promise<string>>();
  #runs = 0;

  constructor(harness: EngineHarness) {
    this.harness = harness;
  }

  async start(): Promise<void> {
    await this.harness.start();
    this.#engine = this.harness.createEngine();
  }

  get engine(): WorkspaceEngine {
    if (!this.#engine) throw new Error('The harness has not started');
    return this.#engine;
  }

  /** Image of the sample app in a workspace; built once. */
  async image(workspace: string): Promise<string> {
    const known =
      this.#images.get(workspace) ??
      this.harness.buildImage({
        workspace,
        app: 'sample',
        files: sampleFiles,
      });
    this.#images.set(workspace, known);
    return known;
  }

  /** A context of a run of its own unless one is named; its workspace counts where it is cancelled. */
  context(
    given: {
      signal?: AbortSignal;
      workspace?: string;
      run?: string;
      stage?: StageName;
      app?: string;
      attempt?: number;
    } = {},
  ): EngineContext {
    this.#runs += 1;
    const {
      workspace = 'ws-any',
      run = `run-${this.#runs}`,
      stage = 'deploy',
      attempt = 1,
    } = given;
    return {
      signal: given.signal ?? new AbortController().signal,
      logger: silentLogger,
      key: {
        workspace,
        run,
        stage,
        attempt,
        ...(given.app ? { app: given.app } : {}),
      },
      secrets: this.secrets,
    };
  }

  workspace(name: string, parts: Partial<DesiredWorkspace> = {}) {
    return {
      id: `id-of-${name}`,
      name,
      owner: 'group:default/contract',
      size: 'small',
      dependencies: [],
      apps: [],
      ...parts,
    } satisfies DesiredWorkspace as DesiredWorkspace;
  }

  /** The sample app in a workspace. */
  async app(
    workspace: string,
    parts: Partial<DesiredApp> = {},
    variables: Record<string, string> = {},
  ): Promise<DesiredApp> {
    const { release = 1, port = 8080 } = parts;
    const environment = {
      PORT: String(port),
      RELEASE: String(release),
      ...variables,
    };
    return {
      name: 'sample',
      release,
      image: parts.image ?? (await this.image(workspace)),
      replicas: 1,
      port,
      healthPath: '/health',
      resources: { cpuCores: 0.5, memoryBytes: 128 * MEBIBYTE, pids: 64 },
      files: [],
      volumes: [],
      readOnlyRoot: false,
      ...parts,
      environment: [
        ...Object.entries(environment).map(([name, value]) => ({
          name,
          value,
        })),
        ...(parts.environment ?? []),
      ],
    };
  }

  postgres(parts: Partial<DesiredDependency> = {}): DesiredDependency {
    return {
      name: 'database',
      type: 'postgres',
      image: this.harness.dependencyImages.postgres,
      port: 5432,
      database: 'guests',
      username: 'guest',
      password: { id: 'postgres-password' },
      resources: { cpuCores: 1, memoryBytes: 256 * MEBIBYTE, pids: 128 },
      volume: { name: 'data', mountPath: '/var/lib/postgresql/data' },
      ...parts,
    };
  }

  redis(parts: Partial<DesiredDependency> = {}): DesiredDependency {
    return {
      name: 'cache',
      type: 'redis',
      image: this.harness.dependencyImages.redis,
      port: 6379,
      password: { id: 'redis-password' },
      resources: { cpuCores: 0.5, memoryBytes: 64 * MEBIBYTE, pids: 64 },
      volume: { name: 'data', mountPath: '/data' },
      ...parts,
    };
  }

  /** Makes it so and gives what was said on the way. */
  async apply(
    desired: DesiredWorkspace,
    part: WorkspacePart,
    context: EngineContext = this.context(),
    engine: WorkspaceEngine = this.engine,
  ): Promise<string[]> {
    const messages: string[] = [];
    for await (const { message } of engine.apply(desired, part, context)) {
      messages.push(message);
    }
    return messages;
  }

  /** How an apply of all ended that takes an ability: done, or refused as it must be without it. */
  async outcome(desired: DesiredWorkspace): Promise<'done' | 'refused'> {
    try {
      await this.apply(desired, { kind: 'all' });
      return 'done';
    } catch (error) {
      if (error instanceof Error && error.name === 'InputError') {
        return 'refused';
      }
      throw error;
    }
  }

  /** The failure of an apply; a success is an error of the test. */
  async failure(
    desired: DesiredWorkspace,
    part: WorkspacePart,
  ): Promise<EngineError> {
    try {
      await this.apply(desired, part);
    } catch (error) {
      if (error instanceof EngineError) return error;
      throw error;
    }
    throw new Error(
      `${desired.name} came up, although it was expected to fail`,
    );
  }

  /** The workspace was destroyed, and its images went with it. */
  forget(name: string): void {
    this.#images.delete(name);
  }

  async destroy(name: string) {
    this.forget(name);
    const workspace = { id: `id-of-${name}`, name };
    return this.engine.destroy(workspace, this.context({ stage: 'destroy' }));
  }

  /** What a replica of the sample answers to a question. */
  async ask(
    target: { workspace: string; app?: string; release?: number },
    path: string,
    query: Record<string, string> = {},
  ): Promise<Record<string, unknown>> {
    const { workspace, app = 'sample', release = 1 } = target;
    const [address] = await this.engine.addresses({ workspace, app, release });
    if (!address) {
      throw new Error(`Nothing runs of release ${release} of ${app}`);
    }
    const url = new URL(path, `http://${address.host}:${address.port}`);
    url.search = new URLSearchParams(query).toString();
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    return (await response.json()) as Record<string, unknown>;
  }
}
