import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Debian's registry on a free port of this machine, without TLS, for what the one of a test cluster is not set up for. */
export class LocalRegistry {
  readonly folder: string;
  readonly address: string;
  readonly #process: ChildProcess;

  private constructor(folder: string, address: string, process: ChildProcess) {
    this.folder = folder;
    this.address = address;
    this.#process = process;
  }

  /** @param settings - Sections of its configuration besides where it keeps data and listens. */
  static async start(settings: {
    deletes: boolean;
    auth?: object;
  }): Promise<LocalRegistry> {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-registry-'));
    const file = join(folder, 'config.json');
    await writeFile(
      file,
      JSON.stringify({
        version: '0.1', // JSON is YAML, too
        log: { level: 'info', formatter: 'json' },
        storage: {
          filesystem: { rootdirectory: join(folder, 'data') },
          delete: { enabled: settings.deletes },
        },
        http: { addr: '127.0.0.1:0' },
        ...(settings.auth && { auth: settings.auth }),
      }),
    );
    const registry = spawn('docker-registry', ['serve', file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await once(registry, 'spawn');
    const address = await addressIn(registry);
    return new LocalRegistry(folder, address, registry);
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill();
    await ended;
    await rm(this.folder, { recursive: true });
  }
}

/** What it says that it listens on. */
async function addressIn({ stderr }: ChildProcess): Promise<string> {
  if (!stderr) throw new Error('The registry has no output');
  const said: string[] = [];
  for await (const line of createInterface({ input: stderr })) {
    const [, address] = /listening on ([\d.]+:\d+)/.exec(line) ?? [];
    if (address) {
      stderr.resume(); // it must not come to wait for a reader
      return address;
    }
    said.push(line);
  }
  throw new Error(`The registry did not start: ${said.join('\n')}`);
}
