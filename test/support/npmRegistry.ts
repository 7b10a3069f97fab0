import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';

/** A registry of npm on this machine, with the packages of a folder of archives: where ours would be published. */
export class NpmRegistry {
  readonly #server: Server;
  readonly #archives = new Map<string, Buffer>();
  readonly #documents = new Map<string, object>();

  static async start(folder: string): Promise<NpmRegistry> {
    const registry = new NpmRegistry();
    await new Promise<void>(done => {
      registry.#server.listen(0, '127.0.0.1', done);
    });
    for (const file of readdirSync(folder))
      await registry.#publish(readFileSync(join(folder, file)));
    return registry;
  }

  private constructor() {
    this.#server = createServer((request, response) => {
      const name = decodeURIComponent(request.url ?? '').slice(1);
      const archive = this.#archives.get(name);
      const document = this.#documents.get(name);
      if (archive) response.end(archive);
      else if (document)
        response
          .setHeader('Content-Type', 'application/json')
          .end(JSON.stringify(document));
      else response.writeHead(404).end();
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The names of what is published. */
  get packages(): string[] {
    return [...this.#documents.keys()];
  }

  async stop(): Promise<void> {
    await new Promise(done => {
      this.#server.close(done);
      this.#server.closeAllConnections();
    });
  }

  async #publish(archive: Buffer): Promise<void> {
    const manifest = await readManifest(archive);
    const path = `${manifest.name}/-/${manifest.version}.tgz`;
    this.#archives.set(path, archive);
    const integrity = `sha512-${createHash('sha512')
      .update(archive)
      .digest('base64')}`;
    this.#documents.set(manifest.name, {
      name: manifest.name,
      'dist-tags': { latest: manifest.version },
      time: { [manifest.version]: '2026-01-01T00:00:00.000Z' },
      versions: {
        [manifest.version]: {
          ...manifest,
          dist: { tarball: `${this.url}/${path}`, integrity },
        },
      },
    });
  }
}

async function readManifest(
  archive: Buffer,
): Promise<{ name: string; version: string }> {
  const entries = extract();
  entries.end(gunzipSync(archive));
  for await (const entry of entries) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    if (entry.header.name === 'package/package.json')
      return JSON.parse(Buffer.concat(chunks).toString());
  }
  throw new Error('An archive has no package.json');
}
