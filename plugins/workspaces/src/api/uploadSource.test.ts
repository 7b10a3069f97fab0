import { mockApis } from '@backstage/frontend-test-utils';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DefaultWorkspacesApi } from './DefaultWorkspacesApi';

/** What the portal got of one upload. */
interface Received {
  url?: string;
  headers: IncomingMessage['headers'];
  bytes: number;
}

describe('uploadSource', () => {
  let server: Server;
  let received: Promise<Received>;
  let answer: { status: number; body: unknown } | undefined;

  beforeAll(() => {
    // Requests of tests are refused unless they are made by a class of the test's own.
    globalThis.XMLHttpRequest = class extends XMLHttpRequest {};
  });

  beforeEach(async () => {
    answer = { status: 201, body: { id: 'u1' } };
    server = createServer();
    received = new Promise(resolve => {
      server.on('request', async (request, response) => {
        response.setHeader('Access-Control-Allow-Origin', '*');
        response.setHeader('Access-Control-Allow-Headers', '*, Authorization');
        if (request.method === 'OPTIONS') {
          response.end();
          return;
        }
        let bytes = 0;
        for await (const chunk of request) bytes += chunk.length;
        resolve({ url: request.url, headers: request.headers, bytes });
        if (!answer) {
          request.socket.destroy();
          return;
        }
        response.writeHead(answer.status, {
          'Content-Type': 'application/json',
        });
        response.end(JSON.stringify(answer.body));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });

  function createApi() {
    const { port } = server.address() as AddressInfo;
    return new DefaultWorkspacesApi({
      discoveryApi: { getBaseUrl: async () => `http://127.0.0.1:${port}` },
      fetchApi: mockApis.fetch(),
      identityApi: mockApis.identity({ token: 'token-of-the-user' }),
    });
  }

  const file = new File(['x'.repeat(300_000)], 'app.zip');

  it('sends the bytes as the user, and tells of its progress', async () => {
    const onProgress = jest.fn();
    const uploaded = await createApi().uploadSource(
      file,
      { filename: 'shop & more.zip' },
      { onProgress },
    );
    expect(uploaded).toEqual({ id: 'u1' });
    expect(await received).toMatchObject({
      url: '/sources?filename=shop+%26+more.zip',
      bytes: 300_000,
      headers: {
        authorization: 'Bearer token-of-the-user',
        'content-type': 'application/octet-stream',
        'idempotency-key': expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    });
    expect(onProgress).toHaveBeenCalledWith(expect.any(Number));
  });

  it('rejects with what the backend says of the file', async () => {
    answer = {
      status: 400,
      body: {
        error: { name: 'InputError', message: 'the file is no zip' },
        response: { statusCode: 400 },
      },
    };
    await expect(createApi().uploadSource(file, {})).rejects.toMatchObject({
      name: 'ResponseError',
      cause: { name: 'InputError', message: 'the file is no zip' },
    });
  });

  it('says that the connection was lost where no answer came', async () => {
    answer = undefined;
    await expect(createApi().uploadSource(file, {})).rejects.toThrow(
      'the connection was lost',
    );
  });

  it('ends when it is stopped', async () => {
    const stop = new AbortController();
    const upload = createApi().uploadSource(
      file,
      {},
      { signal: stop.signal, onProgress: () => stop.abort() },
    );
    await expect(upload).rejects.toMatchObject({ name: 'AbortError' });
  });
});
