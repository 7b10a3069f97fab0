import type { IncomingMessage } from 'node:http';
import {
  Answer,
  FakeApiServer,
  broken,
  given,
  pod,
  podList,
  refused,
  reset,
} from './__testUtils__/FakeApiServer';
import type { Cluster } from './Cluster';
import { ClusterObject, kinds } from './objects';

describe('Cluster', () => {
  const server = new FakeApiServer();
  let cluster: Cluster;
  const read = () =>
    cluster.get({ ...kinds.Pod, namespace: 'ws-test', name: 'a' });
  const post = () =>
    cluster.call({ method: 'POST', path: '/api/v1/pods', body: {} });

  beforeAll(() => server.start());
  afterAll(() => server.stop());
  beforeEach(() => {
    server.loads = 0;
    server.connections = 0;
    cluster = server.cluster();
  });
  afterEach(() => cluster.close());

  it('keeps its connection from one call to the next', async () => {
    server.answerWith(given(pod('a', '1')));
    for (let call = 0; call < 20; call++) await read();
    // The second where the first had not yet read the end of an answer.
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it.each([500, 502, 503, 504])('asks again after HTTP %i', async status => {
    server.answerWith(refused(status, 'Passing'), given(pod('a', '1')));
    expect((await read())?.metadata.name).toBe('a');
    expect(server.requests).toHaveLength(2);
  });

  it('keeps its connection after it has removed something', async () => {
    server.answerWith(given({ status: 'Success' }));
    const before = server.connections;
    const reference = { ...kinds.Pod, namespace: 'ws-test', name: 'a' };
    for (let call = 0; call < 20; call++) await cluster.delete(reference);
    expect(server.connections - before).toBeLessThanOrEqual(2);
  });

  it('asks again after a broken connection', async () => {
    server.answerWith(broken, given(pod('a', '1')));
    expect((await read())?.metadata.name).toBe('a');
  });

  it.each([
    ['breaks', (request: IncomingMessage) => reset(request)],
    ['stays away', () => {}],
  ])('asks again where the rest of an answer %s', async (_, then) => {
    const { timeout } = AbortSignal;
    const patience = jest
      .spyOn(AbortSignal, 'timeout')
      .mockImplementationOnce(() => timeout.call(AbortSignal, 300));
    server.answerWith((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"metadata":', () => then(request));
    }, given(pod('a', '1')));
    expect((await read())?.metadata.name).toBe('a');
    expect(server.requests).toHaveLength(2);
    patience.mockRestore();
  });

  it('makes nothing twice where the answer to a write was lost', async () => {
    const there = new Map<string, number>();
    const write: Answer = (request, response, url) => {
      const times = (there.get(url.pathname) ?? 0) + 1;
      there.set(url.pathname, times); // it took effect, whatever becomes of the answer
      if (times === 1) reset(request);
      else given(pod('a', '1'))(request, response, url);
    };
    server.answerWith(write);
    const applied = await cluster.apply<ClusterObject>({
      ...kinds.Pod,
      metadata: { namespace: 'ws-test', name: 'a' },
    });
    expect(applied.metadata.uid).toBe('uid-a');
    expect([...there]).toEqual([['/api/v1/namespaces/ws-test/pods/a', 2]]);
  });

  it('waits as long as it is asked to', async () => {
    server.answerWith(
      refused(429, 'TooManyRequests', { 'retry-after': '1' }),
      given(pod('a', '1')),
    );
    const begun = Date.now();
    await read();
    expect(Date.now() - begun).toBeGreaterThanOrEqual(990);
  });

  it('ends with the last refusal when it does not pass', async () => {
    server.answerWith(refused(503, 'ServiceUnavailable'));
    await expect(read()).rejects.toMatchObject({
      name: 'ClusterError',
      status: 503,
      reason: 'ServiceUnavailable',
      message: 'said ServiceUnavailable',
    });
    expect(server.requests).toHaveLength(5);
  });

  it('does not repeat what may have been done', async () => {
    server.answerWith(broken, given({}));
    await expect(post()).rejects.toMatchObject({ name: 'ClusterError' });
    server.answerWith(refused(500, 'InternalError'), given({}));
    await expect(post()).rejects.toMatchObject({ status: 500 });
    server.answerWith(
      refused(429, 'TooManyRequests', { 'retry-after': '0.1' }),
      given({ done: true }),
    );
    expect(await post()).toEqual({ done: true });
  });

  it.each([400, 403, 409, 413, 422])(
    'does not repeat HTTP %i',
    async status => {
      server.answerWith(refused(status, 'Refused'), given(pod('a', '1')));
      await expect(read()).rejects.toMatchObject({ status });
      expect(server.requests).toHaveLength(1);
    },
  );

  it('reads the credentials anew once after a 401', async () => {
    server.answerWith(refused(401, 'Unauthorized'), given(pod('a', '1')));
    expect((await read())?.metadata.name).toBe('a');
    expect(server.requests.map(({ authorization }) => authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
    server.answerWith(refused(401, 'Unauthorized'));
    await expect(read()).rejects.toMatchObject({ status: 401 });
    expect(server.requests).toHaveLength(2);
  });

  it('says what the connection said when nobody answers', async () => {
    const alone = new FakeApiServer();
    await alone.start();
    const way = alone.cluster();
    await alone.stop();
    const signal = AbortSignal.timeout(5_000);
    await expect(
      way.call({ method: 'POST', path: '/api', signal }),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED', status: undefined });
    await way.close();
  });

  it('trusts the authority of the kubeconfig alone', async () => {
    const stranger = new FakeApiServer();
    await stranger.start();
    const way = stranger.cluster({ authority: server.authority });
    await expect(
      way.call({ method: 'POST', path: '/api' }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/CERT/) });
    expect(stranger.requests).toEqual([]);
    await way.close();
    await stranger.stop();
  });

  it.each([
    ['has run out', { until: '20200201000000Z' }, 'CERT_HAS_EXPIRED'],
    [
      'is for another host',
      { name: 'DNS:other.test' },
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ],
  ])(
    'says that the certificate of the API server %s, and does not ask again',
    async (_, certificate, code) => {
      const other = new FakeApiServer();
      await other.start(certificate);
      const way = other.cluster();
      const asked = way.call({ method: 'POST', path: '/api' });
      await expect(asked).rejects.toMatchObject({ code, status: undefined });
      expect(other.requests).toEqual([]);
      await way.close();
      await other.stop();
    },
  );

  it('reads lists page by page, without the notes of who wrote what', async () => {
    server.answerWith(
      given({
        metadata: { resourceVersion: '7', continue: 'more' },
        items: [pod('a', '1')],
      }),
      podList('7', 'b'),
    );
    const { items, resourceVersion } = await cluster.list(kinds.Pod);
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
    expect(items[0]).toMatchObject({ apiVersion: 'v1', kind: 'Pod' });
    expect(items[0].metadata.managedFields).toBeUndefined();
    expect(resourceVersion).toBe('7');
    expect(server.requests[1].url.searchParams.get('continue')).toBe('more');
  });

  it('gives the reason of the signal', async () => {
    server.answerWith(() => {}); // no answer
    const abort = new AbortController();
    const asked = cluster.call({
      method: 'GET',
      path: '/api',
      signal: abort.signal,
    });
    abort.abort(new Error('seen enough'));
    await expect(asked).rejects.toThrow('seen enough');
  });
});
