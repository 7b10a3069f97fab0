import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { testCluster } from '../__testUtils__/testCluster';
import { pushBundle } from './bundle';
import { mediaTypes } from './media';
import { OciRegistry } from './OciRegistry';
import { probeRegistry } from './probe';

const { address, authority, user, password } = testCluster().registry;
const settings = {
  address,
  username: user,
  password,
  caFile: authority,
};
const repository = `slipway/test-${randomBytes(4).toString('hex')}`;

async function probe(options: typeof settings | { address: string }) {
  const registry = new OciRegistry(options);
  const results = [];
  for await (const result of probeRegistry(
    registry,
    new AbortController().signal,
  ))
    results.push(result);
  await registry.close();
  return results;
}

describe('a real registry with TLS, a private authority and a login', () => {
  const registry = new OciRegistry(settings);

  afterAll(() => registry.close());

  it('takes a large bundle as a stream, gives it back and removes it', async () => {
    const piece = randomBytes(64 * 1024);
    const pieces = 512; // 32 MiB
    const hash = createHash('sha256');
    for (let count = 0; count < pieces; count++) hash.update(piece);
    const digest = `sha256:${hash.digest('hex')}`;
    const open = () => Readable.from(Array(pieces).fill(piece));

    const before = process.memoryUsage().arrayBuffers;
    const name = await pushBundle(registry, repository, { open, digest });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 << 20);

    const reference = registry.reference(name.slice(address.length + 1));
    const stored = await registry.manifest(reference);
    expect(JSON.parse(stored!.bytes.toString())).toMatchObject({
      artifactType: mediaTypes.bundle,
      layers: [{ digest, size: pieces * piece.length }],
    });
    await expect(registry.tags(repository)).resolves.toEqual([
      expect.stringMatching(/^bundle-[0-9a-f]{32}$/),
    ]);
    await expect(registry.delete(reference)).resolves.toBe('deleted');
    await expect(registry.delete(reference)).resolves.toBe('absent');
    await expect(registry.manifest(reference)).resolves.toBeUndefined();
  });

  it('knows no tags of what is not there', async () => {
    await expect(registry.tags(`${repository}/none`)).resolves.toEqual([]);
  });

  it('passes the probe', async () => {
    const results = await probe(settings);
    expect(results.map(({ layer, state }) => `${layer} ${state}`)).toEqual([
      'name skipped',
      'connection passed',
      'tls passed',
      'api passed',
      'login passed',
      'push passed',
      'pull passed',
      'delete passed',
    ]);
    expect(results[3].text).toContain('/v2/ answers 401');
  });

  it.each([
    [
      'an authority that nobody trusts',
      { address },
      'tls',
      /unable to (verify the first|get local issuer) certificate|self-signed certificate/,
    ],
    [
      'a wrong password',
      { ...settings, password: 'wrong' },
      'login',
      /^GET https:\/\/\S+\/v2\/: 401 Unauthorized: UNAUTHORIZED: authentication required/,
    ],
    [
      'no password',
      { address, caFile: authority },
      'login',
      /401 Unauthorized/,
    ],
    [
      'a port where nobody listens',
      { ...settings, address: address.replace(/\d+$/, '1') },
      'connection',
      /^connect ECONNREFUSED/,
    ],
    [
      'plain HTTP',
      { ...settings, plainHttp: true },
      'api',
      /400 Bad Request: Client sent an HTTP request to an HTTPS server/,
    ],
  ])('fails the probe by %s, and says so', async (_, options, layer, text) => {
    const results = await probe(options);
    const failed = results.filter(({ state }) => state === 'failed');
    expect(failed).toEqual([
      expect.objectContaining({ layer, text: expect.stringMatching(text) }),
    ]);
    expect(JSON.stringify(results)).not.toContain(password);
  });

  it('shows whose certificate it is that is not trusted', async () => {
    const results = await probe({ address });
    const { evidence } = results.find(({ layer }) => layer === 'tls')!;
    expect(evidence[1]).toMatchObject({
      source: 'certificate',
      text: expect.stringMatching(
        /^subject .*issuer .*names IP Address:.*valid from/,
      ),
    });
  });
});
