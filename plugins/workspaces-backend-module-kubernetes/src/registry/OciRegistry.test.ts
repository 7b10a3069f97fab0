import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import { pushBundle } from './bundle';
import { OciRegistry } from './OciRegistry';
import { probeRegistry } from './probe';
import { TokenRegistry } from './__testUtils__/TokenRegistry';

const bytes = Buffer.from('the tar of a bundle');
const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const bundle = { open: () => Readable.from([bytes]), digest };

describe('a registry behind a token service', () => {
  const server = new TokenRegistry();
  let address: string;
  let registry: OciRegistry;

  beforeEach(async () => {
    address = await server.start();
    registry = new OciRegistry({
      address,
      plainHttp: true,
      ...server.credentials,
    });
  });

  afterEach(async () => {
    await registry.close();
    await server.stop();
    server.blobs.clear();
    server.manifests.clear();
    server.refusals.clear();
    server.scopes.length = 0;
    server.requests.length = 0;
    server.redirects = false;
    server.isFull = false;
    server.isStuck = false;
    server.tokenLife = 60;
    server.credentials.password = 'secret-of-ann';
  });

  function failureOf(work: Promise<unknown>): Promise<EngineError> {
    return work.then(
      () => {
        throw new Error('it did not fail');
      },
      error => {
        expect(error).toBeInstanceOf(EngineError);
        return error;
      },
    );
  }

  it('takes a bundle, with one token for reading and one for pushing', async () => {
    const reference = await pushBundle(registry, 'slipway/ws-a/web', bundle);
    expect(server.blobs.get(digest)).toEqual(bytes);
    const [, manifestDigest] = reference.split('@');
    const manifest = JSON.parse(
      server.manifests.get(manifestDigest)!.bytes.toString(),
    );
    expect(reference).toBe(`${address}/slipway/ws-a/web@${manifestDigest}`);
    expect(manifest).toMatchObject({
      artifactType: 'application/vnd.slipway.bundle.v1',
      layers: [
        {
          mediaType: 'application/vnd.oci.image.layer.v1.tar',
          digest,
          size: bytes.length,
        },
      ],
    });
    expect(server.scopes).toEqual([
      'repository:slipway/ws-a/web:pull',
      'repository:slipway/ws-a/web:pull,push',
    ]);
  });

  it('does not send a bundle that is there', async () => {
    const first = await pushBundle(registry, 'a/b', bundle);
    const open = jest.fn();
    await expect(pushBundle(registry, 'a/b', { open, digest })).resolves.toBe(
      first,
    );
    expect(open).not.toHaveBeenCalled();
  });

  it('asks for another token when one has run out', async () => {
    server.tokenLife = 5; // less than the margin: each is used once
    await registry.tags('a/b');
    await registry.tags('a/b');
    expect(server.scopes).toHaveLength(2);
  });

  it('refuses a bundle whose bytes are not those of its digest', async () => {
    const other = { open: () => Readable.from(['other']), digest };
    const failure = await failureOf(pushBundle(registry, 'a/b', other));
    expect(failure.message).toContain(`what is stored as ${digest} has become`);
    expect(server.blobs.has(digest)).toBe(false);
  });

  it('throws what broke the stream of a bundle', async () => {
    const open = () =>
      Readable.from(
        (async function* broken() {
          yield Buffer.from('half');
          throw new Error('EIO: the disk is gone');
        })(),
      );
    await expect(pushBundle(registry, 'a/b', { open, digest })).rejects.toThrow(
      'EIO: the disk is gone',
    );
  });

  it('stops reading a bundle that the registry refuses half way', async () => {
    server.isFull = true;
    let pieces = 0;
    const open = () =>
      Readable.from(
        (function* endless() {
          for (; pieces < 100_000; pieces++) yield Buffer.alloc(64 * 1024);
        })(),
      );
    const failure = await failureOf(
      pushBundle(registry, 'a/b', { open, digest }),
    );
    expect(failure.evidence[0].facts).toMatchObject({ registry: address });
    expect(failure.message).toMatch(
      /413 Payload Too Large: too large|EPIPE|ECONNRESET|socket/,
    );
    expect(pieces).toBeLessThan(10_000);
  });

  it('gives the other server of a redirect no proof', async () => {
    server.redirects = true;
    await pushBundle(registry, 'a/b', bundle);
    await expect(registry.blobs.read('a/b', digest)).resolves.toEqual(bytes);
    expect(server.requests).toContain('bucket nobody');
  });

  it('holds what it gets against the digest', async () => {
    await pushBundle(registry, 'a/b', bundle);
    server.blobs.set(digest, Buffer.from('something else'));
    const failure = await failureOf(registry.blobs.read('a/b', digest));
    expect(failure.message).toContain('digest mismatch');
  });

  it('does not wait for ever for the rest of a blob', async () => {
    await pushBundle(registry, 'a/b', bundle);
    server.isStuck = true;
    const hasty = new OciRegistry({
      address,
      plainHttp: true,
      ...server.credentials,
      answerTimeout: 200,
    });
    const failure = await failureOf(hasty.blobs.read('a/b', digest));
    expect(failure.evidence[0]).toMatchObject({
      text: `GET http://${address}/v2/a/b/blobs/${digest}: Body Timeout Error`,
      facts: { registry: address, code: 'UND_ERR_BODY_TIMEOUT' },
    });
    await hasty.close();
  });

  it('knows tags, and that there is nothing', async () => {
    await pushBundle(registry, 'a/b', bundle);
    await expect(registry.tags('a/b')).resolves.toEqual([
      `bundle-${digest.slice(7, 39)}`,
    ]);
    await expect(
      registry.digest(registry.reference('a/b:none')),
    ).resolves.toBeUndefined();
    await expect(registry.delete(registry.reference('a/b:none'))).resolves.toBe(
      'absent',
    );
  });

  it('says that a wrong password was refused by the token service, and not which', async () => {
    server.credentials.password = 'another';
    const failure = await failureOf(registry.tags('a/b'));
    expect(failure.evidence).toEqual([
      {
        kind: 'error',
        source: 'registry',
        at: expect.any(String),
        first: true,
        text: `GET http://${address}/token: 401 Unauthorized: {"details":"incorrect username or password"}`,
        facts: {
          registry: address,
          realm: address,
          status: 401,
          askedBy: 'portal',
        },
      },
    ]);
    expect(JSON.stringify(failure.evidence)).not.toContain('secret-of-ann');
  });

  it.each([
    [
      403,
      '{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}',
      '403 Forbidden: DENIED: requested access to the resource is denied',
    ],
    [
      429,
      '{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}',
      '429 Too Many Requests: TOOMANYREQUESTS: You have reached your pull rate limit.',
    ],
    [
      412,
      '{"errors":[{"code":"PRECONDITION","message":"adding 3.2 MiB of storage resource, which when updated to current usage of 9.9 MiB will exceed the configured upper limit of 10.0 MiB."}]}',
      'will exceed the configured upper limit of 10.0 MiB.',
    ],
    [
      413,
      '<html><head><title>413 Request Entity Too Large</title></head></html>',
      '413 Payload Too Large: <html>',
    ],
    [
      502,
      '<html><head><title>502 Bad Gateway</title></head></html>',
      '502 Bad Gateway: <html>',
    ],
  ])(
    'says what a registry says that answers %d',
    async (status, body, said) => {
      server.refusals.set('refused', { status, body });
      const failure = await failureOf(
        registry.blobs.put('refused/app', bytes, 'text/plain'),
      );
      expect(failure.evidence[0]).toMatchObject({
        text: expect.stringContaining(said),
        facts: { registry: address, status },
      });
    },
  );

  it('does not follow a registry to a token service that is no web address', async () => {
    server.realm = 'file:///etc/passwd';
    const failure = await failureOf(registry.tags('a/b'));
    expect(failure.evidence[0].text).toBe(
      'WWW-Authenticate: Bearer realm="file:///etc/passwd"',
    );
  });

  async function probe(what: OciRegistry) {
    const results = [];
    for await (const result of probeRegistry(
      what,
      new AbortController().signal,
    ))
      results.push(result);
    return results;
  }

  it('is probed layer by layer; here nothing can be deleted', async () => {
    const results = await probe(registry);
    expect(results.map(({ layer, state }) => `${layer} ${state}`)).toEqual([
      'name skipped',
      'connection passed',
      'tls skipped',
      'api passed',
      'login passed',
      'push passed',
      'pull passed',
      'delete failed',
    ]);
    expect(results.at(-1)!.evidence[0].text).toContain(
      '405 Method Not Allowed: UNSUPPORTED: The operation is unsupported.',
    );
  });

  it('is probed up to a token service that is closed', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => closed.once('listening', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise(resolve => closed.close(resolve));
    server.realm = `http://127.0.0.1:${port}/token`;
    const results = await probe(registry);
    const failed = results.find(({ state }) => state === 'failed')!;
    expect(failed.layer).toBe('login');
    expect(failed.evidence[0]).toMatchObject({
      text: `GET http://127.0.0.1:${port}/token: connect ECONNREFUSED 127.0.0.1:${port}`,
      facts: { code: 'ECONNREFUSED', realm: `127.0.0.1:${port}` },
    });
    expect(results.slice(-3).map(({ text }) => text)).toEqual(
      Array(3).fill('Not tried: "login" failed'),
    );
  });

  it('is probed up to the name', async () => {
    const nowhere = new OciRegistry({ address: 'registry.invalid:5000' });
    const [name, ...rest] = await probe(nowhere);
    expect(name).toMatchObject({ layer: 'name', state: 'failed' });
    expect(name.text).toMatch(/getaddrinfo E\w+ registry\.invalid/);
    expect(rest.every(({ state }) => state === 'skipped')).toBe(true);
  });

  it('is asked with TLS where nothing else is configured', async () => {
    const results = await probe(new OciRegistry({ address }));
    expect(results.find(({ state }) => state === 'failed')).toMatchObject({
      layer: 'tls',
      text: expect.stringMatching(
        /wrong version number|packet length too long/,
      ),
    });
  });
});

it('refuses a registry that is no name', () => {
  expect(() => new OciRegistry({ address: 'https://registry.test' })).toThrow(
    'must be without "https://"',
  );
});
