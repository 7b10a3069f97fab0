import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BackendProcess, freePort } from './backendProcess';
import { runCommand } from './command';

const repository = resolve(__dirname, '../..');

/** How Yarn works in a stock portal. */
const yarnSettings = {
  // Scripts of packages take minutes, and none of these versions needs one.
  YARN_ENABLE_SCRIPTS: 'false',
  // A package that is not published is added as the root of the portal names it.
  YARN_PREFER_REUSE: 'true',
  // Else every package that is added is looked up at a search service.
  YARN_TS_ENABLE_AUTO_TYPES: 'false',
  YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
  YARN_ENABLE_TELEMETRY: 'false',
};

interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  resolutions?: Record<string, string>;
}

/** A portal as @backstage/create-app makes it. */
export class StockPortal {
  /** Makes the sources of a portal in a new folder; `install` brings its packages. */
  static async create(folder: string): Promise<StockPortal> {
    await runCommand(
      'yarn',
      ['backstage-create-app', '--skip-install', '--path', folder],
      join(repository, 'test'),
      { BACKSTAGE_APP_NAME: 'stock' },
    );
    const portal = new StockPortal(folder);
    portal.#holdVersions();
    return portal;
  }

  private constructor(readonly folder: string) {}

  install(): Promise<void> {
    return this.yarn('install');
  }

  yarn(...args: string[]): Promise<void> {
    return runCommand('yarn', args, this.folder, yarnSettings);
  }

  /** Lets the portal find packages, name to folder, that no registry has. */
  offer(packages: Record<string, string>): void {
    const references = Object.fromEntries(
      Object.entries(packages).map(([name, path]) => [name, `file:${path}`]),
    );
    this.#changeManifest(({ devDependencies, resolutions, ...manifest }) => ({
      ...manifest,
      devDependencies: { ...devDependencies, ...references },
      resolutions: { ...resolutions, ...references },
    }));
  }

  /**
   * Starts the backend from its sources, which serves the app where that has been built. It is
   * configured by files of the portal behind app-config.yaml, and by what is handed over.
   */
  async start(
    files: string[],
    configuration: object,
  ): Promise<{ backend: BackendProcess; baseUrl: string }> {
    const port = await freePort();
    const baseUrl = `http://127.0.0.1:${port}`;
    // JSON is YAML.
    writeFileSync(
      join(this.folder, 'app-config.test.yaml'),
      JSON.stringify({
        app: { baseUrl, disableStaticFallbackCache: true },
        backend: { baseUrl, listen: { host: '127.0.0.1', port } },
        ...configuration,
      }),
    );
    const backend = await BackendProcess.start({
      args: [
        ...['--require', '@backstage/cli/config/nodeTransform.cjs'],
        'src/index.ts',
        ...['app-config.yaml', ...files, 'app-config.test.yaml']
          .map(file => join(this.folder, file))
          .flatMap(file => ['--config', file]),
      ],
      cwd: join(this.folder, 'packages/backend'),
      environment: { NODE_ENV: 'development' },
      baseUrl,
      logFile: join(this.folder, 'backend.log'),
    });
    return { backend, baseUrl };
  }

  /**
   * Holds the portal to the versions of its release and of this repository, as the lock file does
   * that create-app fetches. Without one, packages of several releases come together, and others tomorrow.
   */
  #holdVersions(): void {
    const release = this.#releaseVersions();
    const pins = readManifest(repository).resolutions;
    this.#changeManifest(({ resolutions, ...manifest }) => ({
      ...manifest,
      resolutions: { ...release, ...resolutions, ...pins },
    }));
    cpSync(join(repository, 'yarn.lock'), join(this.folder, 'yarn.lock'));
  }

  /** The lowest versions of Backstage that the portal asks for: those of its release. */
  #releaseVersions(): Record<string, string> {
    return Object.fromEntries(
      ['.', 'packages/app', 'packages/backend']
        .map(path => readManifest(join(this.folder, path)))
        .flatMap(({ dependencies, devDependencies }) =>
          Object.entries({ ...dependencies, ...devDependencies }),
        )
        .filter(([name]) => name.startsWith('@backstage/'))
        .map(([name, range]) => [name, range.replace('^', '')]),
    );
  }

  #changeManifest(change: (manifest: Manifest) => Manifest): void {
    writeFileSync(
      join(this.folder, 'package.json'),
      JSON.stringify(change(readManifest(this.folder)), undefined, 2),
    );
  }
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}
