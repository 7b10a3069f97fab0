import { execFileSync, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { makeCertificates, type TestCertificates } from './certificates';

/** A real git server: git's own http-backend behind https, on loopback. */
export class GitServer {
  readonly certificates: TestCertificates;
  readonly #server: https.Server;
  readonly #root: string;
  /** Called for every request, before it is answered. */
  onRequest: (request: IncomingMessage) => void = () => {};
  /** The password that everything below /private/ asks for. */
  password = 'letmein-0123456789';

  private constructor(root: string, certificates: TestCertificates) {
    this.#root = root;
    this.certificates = certificates;
    this.#server = https.createServer(
      { key: certificates.key, cert: certificates.certificate },
      (request, response) => {
        this.onRequest(request);
        if (request.url!.startsWith('/moved'))
          response
            .writeHead(301, {
              location: `https://localhost:${
                this.port
              }/public${request.url!.slice('/moved'.length)}`,
            })
            .end();
        else if (
          request.url!.startsWith('/private/') &&
          !this.#mayEnter(request)
        )
          response
            .writeHead(401, { 'www-authenticate': 'Basic realm="git"' })
            .end();
        else
          this.#serve(request, response).catch(error =>
            response.destroy(error),
          );
      },
    );
  }

  static async start(folder: string): Promise<GitServer> {
    await mkdir(path.join(folder, 'certificates'));
    const server = new GitServer(
      folder,
      await makeCertificates(path.join(folder, 'certificates'), [
        'localhost',
        'git.example',
      ]),
    );
    await new Promise<void>(resolve =>
      server.#server.listen(0, '127.0.0.1', resolve),
    );
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(repository: string): string {
    return `https://localhost:${this.port}/${repository}`;
  }

  /** Makes a repository at /public/<name> and at /private/<name>, from what `fill` commits in a work tree. */
  async create(
    name: string,
    fill: (
      git: (...gitArguments: string[]) => string,
      folder: string,
    ) => Promise<void>,
  ): Promise<void> {
    const work = path.join(this.#root, 'work', name);
    await mkdir(work, { recursive: true });
    const git = (...gitArguments: string[]) =>
      execFileSync(
        'git',
        [
          '-c',
          'user.name=Test',
          '-c',
          'user.email=test@example.com',
          ...gitArguments,
        ],
        { cwd: work, stdio: 'pipe', encoding: 'utf8' },
      ).trim();
    git('init', '--quiet', '--initial-branch=main');
    await fill(git, work);
    for (const side of ['public', 'private']) {
      git(
        'clone',
        '--quiet',
        '--bare',
        '--no-local',
        work,
        path.join(this.#root, side, name),
      );
    }
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }

  #mayEnter(request: IncomingMessage): boolean {
    const [, credentials] = (request.headers.authorization ?? '').split(' ');
    return Buffer.from(credentials ?? '', 'base64')
      .toString()
      .endsWith(`:${this.password}`);
  }

  async #serve(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const url = new URL(request.url!, 'https://localhost');
    const backend = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env.PATH,
        GIT_PROJECT_ROOT: this.#root,
        GIT_HTTP_EXPORT_ALL: '1',
        GIT_CONFIG_COUNT: '1', // the tests may run as another user than the one that the files belong to
        GIT_CONFIG_KEY_0: 'safe.directory',
        GIT_CONFIG_VALUE_0: '*',
        GIT_PROTOCOL: request.headers['git-protocol'] as string | undefined,
        PATH_INFO: url.pathname,
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'],
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
        REMOTE_ADDR: '127.0.0.1',
      },
    });
    const sent = pipeline(request, backend.stdin);
    sent.catch(() => {}); // git may have heard enough before the end
    const chunks: Buffer[] = [];
    for await (const chunk of backend.stdout) chunks.push(chunk);
    const output = Buffer.concat(chunks);
    const end = output.indexOf('\r\n\r\n');
    const headers = output
      .subarray(0, end)
      .toString()
      .split('\r\n')
      .map(line => line.split(': ') as [string, string]);
    const [status] = (
      headers.find(([name]) => name === 'Status')?.[1] ?? '200'
    ).split(' ');
    response.writeHead(
      Number(status),
      Object.fromEntries(headers.filter(([name]) => name !== 'Status')),
    );
    response.end(output.subarray(end + 4));
  }
}

/** Writes a file of a work tree. */
export async function write(
  folder: string,
  name: string,
  content: string,
): Promise<void> {
  await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
  await writeFile(path.join(folder, name), content);
}
