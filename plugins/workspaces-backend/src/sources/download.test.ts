import type { LookupAddress } from 'node:dns';
import { readFile } from 'node:fs/promises';
import type {
  IncomingMessage,
  RequestListener,
  ServerResponse,
} from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import { download } from './download';
import { AddressGuard } from './guard/addresses';
import { defaultLimits, type SourceLimits } from './settings';
import { makeCertificates, trust } from './__testUtils__/certificates';
import { TemporaryFolders } from './__testUtils__/temporary';

jest.setTimeout(60_000);

const folders = new TemporaryFolders();
const requests: IncomingMessage[] = [];
let server: https.Server;
let port: number;
let answer: RequestListener;
let distrust: () => void;

beforeAll(async () => {
  const certificates = await makeCertificates(await folders.make(), [
    'files.example',
    'other.example',
    'localhost',
  ]);
  distrust = await trust(certificates);
  server = https.createServer(
    { key: certificates.key, cert: certificates.certificate },
    (request, response) => {
      requests.push(request);
      answer(request, response);
    },
  );
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(async () => {
  distrust?.();
  server?.closeAllConnections();
  await new Promise(resolve =>
    server ? server.close(resolve) : resolve(undefined),
  );
  await folders.remove();
});

beforeEach(() => {
  requests.length = 0;
  answer = (_request, response) => response.end('content');
});

interface Attempt {
  host?: string;
  file?: string;
  allow?: string[];
  addresses?: () => string[];
  limits?: Partial<SourceLimits>;
  token?: string;
  signal?: AbortSignal;
}

async function attempt(options: Attempt = {}) {
  const lookup = async (): Promise<LookupAddress[]> =>
    (options.addresses ?? (() => ['127.0.0.1']))().map(address => ({
      address,
      family: 4,
    }));
  const host = options.host ?? 'files.example';
  const target = path.join(await folders.make(), 'file');
  const lines: string[] = [];
  const meter = await download(
    `https://${host}:${port}/${options.file ?? 'a.zip'}`,
    target,
    {
      guard: new AddressGuard(
        options.allow ?? [`files.example:${port}`, `other.example:${port}`],
        lookup,
      ),
      limits: { ...defaultLimits, ...options.limits },
      token: options.token,
      log: line => lines.push(line),
      signal: options.signal ?? new AbortController().signal,
    },
  );
  return { meter, lines, content: await readFile(target, 'utf8') };
}

function redirect(location: string): RequestListener {
  return (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/a.zip') response.writeHead(302, { location }).end();
    else response.end('redirected');
  };
}

describe('download', () => {
  it('brings a file, with its size and digest, and logs no query', async () => {
    const { meter, lines, content } = await attempt({
      file: 'a.zip?signature=secret',
    });
    expect(content).toBe('content');
    expect(meter.bytes).toBe(7);
    expect(meter.sha256()).toBe(
      'ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73',
    );
    expect(requests[0].url).toBe('/a.zip?signature=secret');
    expect(lines).toEqual([`Downloading https://files.example:${port}/a.zip`]);
  });

  it('D16 connects to the address that was checked, however often the name changes', async () => {
    // The second answer would be refused, and nothing listens there: it must never be asked for.
    const answers = ['127.0.0.1', '169.254.169.254'];
    const addresses = jest.fn(() => [answers.shift()!]);
    expect((await attempt({ addresses })).content).toBe('content');
    expect(addresses).toHaveBeenCalledTimes(1);
    expect(requests).toHaveLength(1);
  });

  it('D16 resolves and checks again for every redirect', async () => {
    answer = redirect('/elsewhere');
    const answers = ['127.0.0.1', '169.254.169.254'];
    await expect(
      attempt({ addresses: () => [answers.shift()!] }),
    ).rejects.toThrow(
      'host "files.example" resolves to 169.254.169.254, a link-local address',
    );
    expect(requests).toHaveLength(1);
  });

  it('follows a redirect to another host without the token', async () => {
    answer = redirect(`https://other.example:${port}/b`);
    const { content, lines } = await attempt({ token: 'secret-token' });
    expect(content).toBe('redirected');
    expect(lines[0]).toBe(`Redirected to https://other.example:${port}/b`);
    expect(
      requests.map(request => [
        request.headers.host,
        request.headers.authorization,
      ]),
    ).toEqual([
      [`files.example:${port}`, 'Bearer secret-token'],
      [`other.example:${port}`, undefined],
    ]);
  });

  it.each([
    ['http://files.example/b', 'the scheme "http://" is not accepted'],
    ['https://127.0.0.1/b', '127.0.0.1 is a loopback address'],
    [
      'https://2852039166/latest/meta-data',
      '169.254.169.254 is a link-local address',
    ],
    ['file:///etc/passwd', 'the scheme "file://" is not accepted'],
    [
      'https://user:pass@files.example/b',
      'user names and passwords do not belong into a URL',
    ],
    ['https://files.example:22/b', 'port 22 is not accepted'],
    ['//127.0.0.1:8080/b', 'port 8080 is not accepted'],
    ['https://[bad', 'which is no address'],
  ])('D16 refuses a redirect to %s', async (location, message) => {
    answer = redirect(location);
    await expect(attempt()).rejects.toThrow(message);
    expect(requests).toHaveLength(1);
  });

  it('D16 gives up on a chain of redirects', async () => {
    answer = (_request, response) =>
      response.writeHead(302, { location: '/a.zip' }).end();
    await expect(attempt()).rejects.toThrow('redirects more than 5 times');
    expect(requests).toHaveLength(6);
  });

  it('D16 stops where the size is over the limit, declared or not', async () => {
    const limits = { totalBytes: 1000 };
    answer = (_request, response) =>
      response.writeHead(200, { 'content-length': '1001' }).flushHeaders();
    await expect(attempt({ limits })).rejects.toThrow(
      'is larger than 1000 B, the limit (workspaces.sources.limits.totalMiB)',
    );
    answer = (request, response) => {
      const writing = setInterval(() => response.write('x'.repeat(600)), 1);
      request.socket.on('close', () => clearInterval(writing));
    };
    await expect(attempt({ limits })).rejects.toThrow('is larger than 1000 B');
  });

  it.each([
    [404, 'Not Found'],
    [401, 'Unauthorized'],
    [204, 'No Content'],
  ])('says that the server answered %d', async (status, words) => {
    answer = (_request, response) => response.writeHead(status).end();
    const error = await attempt({ token: 'secret-token' }).catch(
      reason => reason,
    );
    expect(error).toBeInstanceOf(EngineError);
    expect(error.evidence[0]).toMatchObject({
      text: `https://files.example:${port}/a.zip answered ${status} ${words}`,
      facts: { status, host: 'files.example' },
    });
    expect(JSON.stringify(error.evidence) + error.message).not.toContain(
      'secret-token',
    );
  });

  it('fails where the connection breaks before the end', async () => {
    answer = (request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => request.socket.destroy());
    };
    await expect(attempt()).rejects.toMatchObject({
      name: 'EngineError',
      evidence: [{ text: 'aborted', facts: { errorCode: 'ECONNRESET' } }],
    });
  });

  it('does not take a compressed answer for the file', async () => {
    answer = (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end();
    await expect(attempt()).rejects.toThrow(
      'answered with the encoding "gzip", which was not asked for',
    );
  });

  it('says what is wrong with a certificate', async () => {
    const error = await attempt({
      host: 'wrong.example',
      allow: [`wrong.example:${port}`],
    }).catch(reason => reason);
    expect(error.evidence[0].facts).toEqual({
      host: 'wrong.example',
      errorCode: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
  });

  it('ends when it is told to', async () => {
    const controller = new AbortController();
    answer = () => controller.abort(new Error('cancelled'));
    await expect(attempt({ signal: controller.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
