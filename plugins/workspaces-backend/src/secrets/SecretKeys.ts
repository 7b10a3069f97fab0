import type { RootConfigService } from '@backstage/backend-plugin-api';
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const KEY_BYTES = 32;
const GENERATED_KEY_ID = 'generated';
const GENERATED_KEY_FILE = 'secrets.key';

/** A key of AES-256 under the id that rows name it by. */
export interface SecretKey {
  id: string;
  key: Buffer;
}

/**
 * The keys of stored secrets: the first one encrypts, all of them decrypt, so that a key is
 * rotated by putting the new one in front. Without `workspaces.secrets.keys` the key is a file
 * of the storage directory, made on first use.
 */
export class SecretKeys {
  readonly #keys: Map<string, Buffer>;
  readonly current: SecretKey;

  constructor(keys: SecretKey[]) {
    if (keys.length === 0)
      throw new Error('workspaces.secrets.keys: at least one key is needed');
    this.#keys = new Map();
    for (const { id, key } of keys) {
      if (this.#keys.has(id))
        throw new Error(
          `workspaces.secrets.keys: the id "${id}" is there twice`,
        );
      this.#keys.set(id, key);
    }
    this.current = keys[0];
  }

  static async create(options: {
    config: RootConfigService;
    directory: string;
  }): Promise<SecretKeys> {
    const configured = (
      options.config.getOptionalConfigArray('workspaces.secrets.keys') ?? []
    ).map((entry, index) => ({
      id: entry.getString('id'),
      key: decodeKey(
        entry.getString('key'),
        `workspaces.secrets.keys[${index}].key`,
      ),
    }));
    const file = join(options.directory, GENERATED_KEY_FILE);
    if (configured.length === 0)
      return new SecretKeys([await readOrMakeKey(file)]);
    // Secrets of the time before keys were configured stay readable until they are encrypted anew.
    const before = await readKey(file);
    return new SecretKeys(before ? [...configured, before] : configured);
  }

  get(id: string): Buffer | undefined {
    return this.#keys.get(id);
  }

  ids(): string[] {
    return [...this.#keys.keys()];
  }
}

function decodeKey(text: string, name: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== KEY_BYTES) {
    throw new Error(
      `${name}: must be ${KEY_BYTES} bytes in base64, as "openssl rand -base64 ${KEY_BYTES}" prints them`,
    );
  }
  return key;
}

async function readKey(file: string): Promise<SecretKey | undefined> {
  const text = await readFile(file, 'utf8').catch(error => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  if (((await stat(file)).mode & 0o077) !== 0) {
    throw new Error(
      `${file}: holds the key of all secrets and is open to other users; run "chmod 600" on it`,
    );
  }
  return { id: GENERATED_KEY_ID, key: decodeKey(text, file) };
}

async function readOrMakeKey(file: string): Promise<SecretKey> {
  const present = await readKey(file);
  if (present) return present;
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  // A link appears whole or not at all, and of two replicas only one makes it.
  await link(draft, file).catch(error => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
  const made = await readKey(file);
  if (!made) throw new Error(`${file}: was removed while it was read`);
  return made;
}
