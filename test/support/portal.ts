import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { join, resolve } from 'node:path';
import { BackendProcess, freePort } from './backendProcess';
import { PortalClient } from './client';
import type { TestEngine } from './engine';

/** The unpacked bundle: `npm test` and `npm run bench` put it there. */
export const bundle = resolve(__dirname, '../../.portal');

/** What a portal under test is told beyond the repository's own configuration. */
export interface PortalOptions {
  /** Where its workspaces live, under a name that keeps its objects apart from those of other portals. */
  engine: TestEngine;
  /** Kept between starts of the same portal. */
  directory: string;
  /** Where the portal finds its container engine. */
  dockerHost?: string;
  /** Script to run instead of the bundle's backend. */
  entry?: string;
  /** Variables of its process beside those of the test. */
  environment?: Record<string, string>;
  /** Merged under `workspaces` of the configuration. */
  workspaces?: Record<string, unknown>;
}

/** A real portal: the built bundle as a process of its own, on a port of its own. */
export class Portal {
  readonly baseUrl: string;
  readonly client: PortalClient;
  readonly #options: PortalOptions;
  readonly #port: number;
  #process?: BackendProcess;

  /** Prepares a portal in a temporary folder; `start` brings it up. */
  static async prepare(
    options: Omit<PortalOptions, 'directory'>,
  ): Promise<Portal> {
    const directory = mkdtempSync(join(tmpdir(), 'slipway-portal-'));
    const [port, firstGatewayPort] = await freePorts();
    const portal = new Portal({ ...options, directory }, port);
    portal.#configure(firstGatewayPort);
    return portal;
  }

  private constructor(options: PortalOptions, port: number) {
    this.#options = options;
    this.#port = port;
    this.baseUrl = `http://127.0.0.1:${port}`;
    this.client = new PortalClient(this.baseUrl);
  }

  get pid(): number {
    const pid = this.#process?.pid;
    if (!pid) throw new Error('The portal does not run');
    return pid;
  }

  get logFile(): string {
    return join(this.#options.directory, 'portal.log');
  }

  async start(): Promise<void> {
    this.#process = await BackendProcess.start({
      args: [
        this.#options.entry ?? 'packages/backend',
        ...[
          'app-config.yaml',
          'app-config.production.yaml',
          this.#configFile,
        ].flatMap(file => ['--config', file]),
      ],
      cwd: bundle,
      environment: {
        NODE_ENV: 'production',
        SLIPWAY_DATA: join(this.#options.directory, 'data'),
        ...this.#options.environment,
        ...(this.#options.dockerHost && {
          DOCKER_HOST: this.#options.dockerHost,
        }),
      },
      baseUrl: this.baseUrl,
      logFile: this.logFile,
    });
    await this.client.signIn();
  }

  /** Ends the process as a power failure would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /**
   * Writes another owner into the row of a workspace, and answers how to undo that. Nobody
   * signs in to this portal but the guest, so that nobody else can have made one.
   */
  giveWorkspaceTo(name: string, owner: string): () => void {
    const database = new DatabaseSync(
      join(this.#options.directory, 'data', 'workspaces.sqlite'),
    );
    const change = database.prepare(
      'UPDATE workspaces SET owner = ? WHERE name = ? AND deleted_at IS NULL',
    );
    const { owner: before } = database
      .prepare(
        'SELECT owner FROM workspaces WHERE name = ? AND deleted_at IS NULL',
      )
      .get(name) as { owner: string };
    change.run(owner, name);
    return () => {
      change.run(before, name);
      database.close();
    };
  }

  /** Stops the portal and forgets its data. Engine objects are the caller's to remove. */
  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#options.directory, { recursive: true, force: true });
  }

  get #configFile(): string {
    return join(this.#options.directory, 'app-config.test.yaml');
  }

  #configure(firstGatewayPort: number): void {
    mkdirSync(join(this.#options.directory, 'data'), { recursive: true });
    // JSON is YAML.
    writeFileSync(
      this.#configFile,
      JSON.stringify({
        // Old versions of the app are not kept in the database: writing them there takes most of the start.
        app: { baseUrl: this.baseUrl, disableStaticFallbackCache: true },
        backend: {
          baseUrl: this.baseUrl,
          listen: { port: this.#port, host: '127.0.0.1' },
        },
        workspaces: {
          gateway: { ports: `${firstGatewayPort}-${firstGatewayPort + 99}` },
          ...this.#options.engine.configuration,
          ...this.#options.workspaces,
        },
      }),
    );
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    await running?.end(signal);
  }
}

/** A free port for the portal, and the first of a hundred that are likely free for its gateway. */
async function freePorts(): Promise<[number, number]> {
  const port = await freePort();
  return [port, 20_000 + (port % 80) * 100];
}
