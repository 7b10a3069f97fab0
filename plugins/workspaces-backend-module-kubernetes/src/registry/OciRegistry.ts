import { readFile } from 'node:fs/promises';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { Blobs } from './Blobs';
import { digestOf, readDocument } from './document';
import { ImageConfig, Manifest, mediaTypes } from './media';
import { parseReference, Reference } from './reference';
import {
  Access,
  RegistryConnection,
  RegistryOptions,
} from './RegistryConnection';
import type { RegistryAnswer } from './RegistryHttp';

const READABLE_MANIFESTS = [
  mediaTypes.manifest,
  mediaTypes.index,
  mediaTypes.dockerManifest,
  mediaTypes.dockerList,
].join(', ');
const TAGS_A_PAGE = 500;

/** What a registry holds under a reference. */
export interface StoredManifest {
  digest: string;
  mediaType: string;
  bytes: Buffer;
}

/**
 * A registry by the OCI distribution protocol. Whatever it gives is held against its digest.
 * Failures are `EngineError`s whose evidence is what the registry or the connection said.
 */
export class OciRegistry {
  readonly connection: RegistryConnection;
  readonly blobs: Blobs;
  readonly #options: RegistryOptions;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.connection = new RegistryConnection(options);
    this.blobs = new Blobs(this.connection);
  }

  get address(): string {
    return this.connection.address;
  }

  /** Whether it is asked without TLS. */
  get isPlain(): boolean {
    return this.connection.origin.startsWith('http:');
  }

  /** The login as clients of registries keep it, in their file config.json. */
  dockerConfig(): string {
    const { username, password = '' } = this.#options;
    const auth = Buffer.from(`${username}:${password}`).toString('base64');
    const auths = username === undefined ? {} : { [this.address]: { auth } };
    return JSON.stringify({ auths });
  }

  /** The certificates, as PEM, that are trusted for it besides the usual ones. */
  async authority(): Promise<string | undefined> {
    const { caFile } = this.#options;
    return caFile === undefined ? undefined : readFile(caFile, 'utf8');
  }

  /** The digest of what a reference names, or `undefined` where there is no such thing. */
  async digest(
    reference: Reference,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    const answer = await this.connection.send({
      method: 'HEAD',
      ...this.#manifest(reference),
      accept: [200, 404],
      signal,
    });
    await answer.body.dump();
    if (answer.status === 404) return undefined;
    const digest = reference.digest ?? answer.header('docker-content-digest');
    return digest ?? (await this.manifest(reference, signal))?.digest;
  }

  /** The manifest of a reference, or `undefined` where there is none. */
  async manifest(
    reference: Reference,
    signal?: AbortSignal,
  ): Promise<StoredManifest | undefined> {
    const answer = await this.connection.send({
      method: 'GET',
      ...this.#manifest(reference),
      accept: [200, 404],
      signal,
    });
    if (answer.status === 404) {
      await answer.body.dump();
      return undefined;
    }
    const bytes = await readDocument(answer, reference.digest);
    const mediaType = answer.header('content-type') ?? mediaTypes.manifest;
    return { digest: digestOf(bytes), mediaType, bytes };
  }

  /** Stores a manifest under a tag, or under its digest alone. Returns its digest. */
  async putManifest(
    repository: string,
    manifest: Manifest,
    options: { tag?: string; signal?: AbortSignal } = {},
  ): Promise<string> {
    const bytes = Buffer.from(JSON.stringify(manifest));
    const digest = digestOf(bytes);
    const answer = await this.connection.send({
      method: 'PUT',
      path: `/v2/${repository}/manifests/${options.tag ?? digest}`,
      repository,
      access: 'pull,push',
      headers: { 'content-type': manifest.mediaType },
      body: bytes,
      signal: options.signal,
    });
    await answer.body.dump();
    return digest;
  }

  /** The labels of an image, or `undefined` where there is no image of that name. */
  async labels(
    reference: Reference,
    signal?: AbortSignal,
  ): Promise<{ digest: string; labels: Record<string, string> } | undefined> {
    const stored = await this.manifest(reference, signal);
    if (!stored) return undefined;
    const { config } = JSON.parse(stored.bytes.toString()) as Partial<Manifest>;
    if (!config) return { digest: stored.digest, labels: {} };
    const { repository } = reference;
    const bytes = await this.blobs.read(repository, config.digest, signal);
    const { config: settings } = JSON.parse(bytes.toString()) as ImageConfig;
    return { digest: stored.digest, labels: settings?.Labels ?? {} };
  }

  /** All tags of a repository; none where there is no such repository. */
  async tags(repository: string, signal?: AbortSignal): Promise<string[]> {
    const found: string[] = [];
    let path:
      | string
      | undefined = `/v2/${repository}/tags/list?n=${TAGS_A_PAGE}`;
    while (path) {
      const answer: RegistryAnswer = await this.connection.send({
        method: 'GET',
        path,
        repository,
        accept: [200, 404],
        signal,
      });
      const text = (await readDocument(answer)).toString();
      if (answer.status === 404) return [];
      const { tags } = JSON.parse(text) as { tags: string[] | null };
      found.push(...(tags ?? []));
      [, path] =
        /<([^>]+)>\s*;\s*rel="?next"?/.exec(answer.header('link') ?? '') ?? [];
    }
    return found;
  }

  /**
   * Removes what a reference names, and with it every tag of the same manifest.
   * `absent` where there is no such thing.
   */
  async delete(
    reference: Reference,
    signal?: AbortSignal,
  ): Promise<'deleted' | 'absent'> {
    const digest = reference.digest ?? (await this.digest(reference, signal));
    if (digest === undefined) return 'absent';
    const answer = await this.connection.send({
      method: 'DELETE',
      ...this.#manifest({ ...reference, digest }, 'pull,push,delete'),
      accept: [200, 202, 404],
      signal,
    });
    await answer.body.dump();
    if (answer.status !== 404) return 'deleted';
    // Some say of a right that is missing that there is nothing.
    const isThere = await this.digest({ ...reference, digest }, signal);
    if (isThere === undefined) return 'absent';
    const text = `${this.address} answers 404 when asked to delete ${digest}, which it has`;
    const facts = { registry: this.address, askedBy: 'portal', status: 404 };
    throw failure(text, [evidenceOf('error', this.address, text, { facts })]);
  }

  /** The reference to something of this registry. */
  reference(text: string): Reference {
    return parseReference(`${this.address}/${text}`);
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  #manifest({ repository, tag, digest }: Reference, access: Access = 'pull') {
    return {
      path: `/v2/${repository}/manifests/${digest ?? tag}`,
      repository,
      access,
      headers: { accept: READABLE_MANIFESTS },
    };
  }
}
