import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {
  createServer as createPlainServer,
  type RequestListener,
  type Server,
} from 'node:http';
import { createServer } from 'node:https';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { trustFolder, type TestCluster } from '../engine/testCluster';

/** A registry that lets nobody in. */
const refuse: RequestListener = (_, response) => response.writeHead(401).end();

/** Where the node goes when it wants an image of the registry. */
export interface Elsewhere {
  /** The address, as `https://host:port`; by default that of a server of the test. */
  server?: string;
  /** What that server answers. */
  answer?: RequestListener;
  /** What is wrong with its certificate. Default: nothing; `none` is plain HTTP, and `unknown` is not trusted. */
  certificate?: 'name' | 'expired' | 'none' | 'unknown';
}

/**
 * How the node finds the registry. containerd reads it at each pull, so that the node alone can be led elsewhere
 * while builds and the portal use the real one.
 */
export class NodeRegistry {
  readonly #folder: string;
  readonly #host: string;

  constructor(cluster: TestCluster) {
    const { address } = cluster.registry;
    this.#folder = join(trustFolder(cluster), address);
    this.#host = machineBeside(address.split(':')[0]);
  }

  /** Leads the node elsewhere for as long as something is done. */
  async elsewhere(
    { server, answer = refuse, certificate }: Elsewhere,
    work: (address: string) => Promise<void>,
  ): Promise<void> {
    const hosts = join(this.#folder, 'hosts.toml');
    const before = readFileSync(hosts, 'utf8');
    const made = mkdtempSync(join(tmpdir(), 'slipway-fault-'));
    let stop = async () => {};
    try {
      let url = server;
      if (!url) {
        const listening = await this.#listen(made, answer, certificate);
        stop = listening.stop;
        url = `https://${listening.address}`;
      }
      const trusts =
        !server && certificate !== 'none' && certificate !== 'unknown';
      if (trusts)
        copyFileSync(join(made, 'ca.crt'), join(this.#folder, 'fault.crt'));
      const ca = trusts ? 'ca = "fault.crt"' : '';
      // Without a table containerd 1.6 does not read the file at all, and takes what certificates lie beside it.
      const table = `[host."${url}"]\ncapabilities = ["pull", "resolve"]`;
      writeFileSync(hosts, `server = "${url}"\n${ca}\n${table}\n${ca}\n`);
      await work(url.replace('https://', ''));
    } finally {
      writeFileSync(hosts, before);
      rmSync(join(this.#folder, 'fault.crt'), { force: true });
      rmSync(made, { recursive: true });
      await stop();
    }
  }

  async #listen(
    folder: string,
    answer: RequestListener,
    certificate: Elsewhere['certificate'],
  ): Promise<{ address: string; stop: () => Promise<void> }> {
    const open = (): Server => {
      if (certificate === 'none') return createPlainServer(answer);
      makeCertificate(folder, {
        name:
          certificate === 'name' ? 'DNS:registry.example' : `IP:${this.#host}`,
        until:
          certificate === 'expired' ? '20200201000000Z' : '20991231000000Z',
      });
      return createServer(
        {
          key: readFileSync(join(folder, 'server.key')),
          cert: readFileSync(join(folder, 'server.crt')),
        },
        answer,
      );
    };
    const server = open().listen(0, this.#host);
    await new Promise(done => server.once('listening', done));
    const { port } = server.address() as { port: number };
    return {
      address: `${this.#host}:${port}`,
      stop: () =>
        new Promise(done => {
          server.close(() => done());
          server.closeAllConnections();
        }),
    };
  }
}

/** The address at which this machine is reached from the node of the registry. */
function machineBeside(host: string): string {
  const network = host.replace(/\d+$/, '');
  const found = Object.values(networkInterfaces())
    .flat()
    .find(one => one?.address.startsWith(network) && one.address !== host);
  if (!found) throw new Error(`This machine has no address beside ${host}`);
  return found.address;
}

/** An authority and a certificate of it, as `ca.crt`, `server.crt` and `server.key`. */
function makeCertificate(
  folder: string,
  { name, until }: { name: string; until: string },
): void {
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const newKey = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
  ];
  openssl(
    ...['req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.crt'],
    ...['-subj', '/CN=authority of a test', '-days', '2'],
  );
  openssl(
    ...['req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr'],
    ...['-subj', '/CN=registry of a test'],
  );
  writeFileSync(join(folder, 'index.txt'), '');
  writeFileSync(
    join(folder, 'ca.cnf'),
    [
      '[ca]\ndefault_ca = own',
      '[own]\ndatabase = index.txt\nnew_certs_dir = .\nrand_serial = yes',
      'default_md = sha256\npolicy = any\nunique_subject = no',
      '[any]\ncommonName = supplied',
      `[names]\nsubjectAltName = ${name}\n`,
    ].join('\n'),
  );
  openssl(
    ...['ca', '-batch', '-config', 'ca.cnf', '-extensions', 'names'],
    ...['-cert', 'ca.crt', '-keyfile', 'ca.key', '-in', 'server.csr'],
    ...['-out', 'server.crt', '-notext'],
    ...['-startdate', '20200101000000Z', '-enddate', until],
  );
}
