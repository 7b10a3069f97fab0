import { readFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import { json } from 'node:stream/consumers';
import type { TestCluster } from './testCluster';

const MANIFESTS = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** The registry of the test cluster, as its own API shows it. */
export class Registry {
  readonly #options: RequestOptions;

  constructor({ address, authority, user, password }: TestCluster['registry']) {
    const [host, port] = address.split(':');
    const ca = readFileSync(authority);
    this.#options = { host, port, ca, auth: `${user}:${password}` };
  }

  /** All images of the repositories whose names begin with that, as `repository:tag`. */
  async images(prefix: string): Promise<string[]> {
    const { repositories } = await this.#read<{ repositories: string[] }>(
      '/v2/_catalog?n=1000',
    );
    const found = repositories
      .filter(repository => repository.startsWith(prefix))
      .map(async repository => {
        const path = `/v2/${repository}/tags/list`;
        const answer = await this.#read<{ tags?: string[] }>(path);
        return (answer.tags ?? []).map(tag => `${repository}:${tag}`);
      });
    return (await Promise.all(found)).flat();
  }

  async remove(prefix: string): Promise<void> {
    for (const image of await this.images(prefix)) {
      const [repository, tag] = image.split(':');
      const manifests = `/v2/${repository}/manifests`;
      const { headers, statusCode } = await this.#send(
        'HEAD',
        `${manifests}/${tag}`,
      );
      if (statusCode === 404) continue; // another tag led to the same
      const digest = headers['docker-content-digest'];
      await this.#send('DELETE', `${manifests}/${digest}`);
    }
  }

  async #read<T extends object>(path: string): Promise<T> {
    const answer = await this.#send('GET', path);
    if (answer.statusCode === 404) return {} as T; // a repository without images
    return (await json(answer)) as T;
  }

  #send(method: string, path: string) {
    return new Promise<import('node:http').IncomingMessage>((done, failed) => {
      request(
        { ...this.#options, method, path, headers: { accept: MANIFESTS } },
        answer => {
          const status = answer.statusCode ?? 0;
          if (method !== 'GET') answer.resume();
          if (status < 400 || status === 404) done(answer);
          else failed(new Error(`${method} ${path} answered ${status}`));
        },
      )
        .on('error', failed)
        .end();
    });
  }
}
