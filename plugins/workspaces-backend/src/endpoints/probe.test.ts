import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Upstream } from './__testUtils__/upstream';
import { probeOnce } from './probe';

describe('probeOnce', () => {
  let app: Upstream;
  const signal = new AbortController().signal;
  const url = () => `http://127.0.0.1:${app.port}/health`;

  beforeEach(async () => {
    app = await Upstream.start('app');
  });

  afterEach(async () => {
    await app.stop();
  });

  it.each([
    [200, true],
    [302, true],
    [404, true],
    [500, false],
    [503, false],
  ])('takes %i for %p, and follows no redirect', async (status, ok) => {
    app.handler = (_request, response) =>
      response.writeHead(status, { location: '/elsewhere' }).end('x');
    expect(await probeOnce(url(), { signal })).toEqual({
      ok,
      status,
      latencyMilliseconds: expect.any(Number),
      message: `answered ${status}`,
    });
    expect(app.requests.map(request => request.url)).toEqual(['/health']);
  });

  it('does not wait for a body that never ends', async () => {
    app.handler = (_request, response) => response.write('for ever');
    expect((await probeOnce(url(), { signal })).ok).toBe(true);
  });

  it('says what is wrong where nobody answers, or not in time', async () => {
    app.handler = () => {};
    expect(await probeOnce(url(), { signal, timeout: 50 })).toMatchObject({
      ok: false,
      message: 'did not answer within 50 ms',
    });
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, 'close');
    const seen = await probeOnce(`http://127.0.0.1:${port}`, { signal });
    expect(seen).toMatchObject({
      ok: false,
      message: `connect ECONNREFUSED 127.0.0.1:${port}`,
    });
    expect(seen.status).toBeUndefined();
  });

  it('ends with the reason of the signal', async () => {
    app.handler = () => {};
    const stop = new AbortController();
    const probing = probeOnce(url(), { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(probing).rejects.toThrow('enough');
  });
});
