import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import { LocalRegistry } from './__testUtils__/LocalRegistry';
import { TokenService } from './__testUtils__/TokenService';
import { pushBundle } from './bundle';
import { OciRegistry } from './OciRegistry';

const bytes = Buffer.from('the tar of a bundle');
const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const bundle = { open: () => Readable.from([bytes]), digest };
const repository = 'slipway/ws-shop/web';

describe('a real registry behind a token service that signs', () => {
  let tokens: TokenService;
  let server: LocalRegistry;
  let registry: OciRegistry;

  beforeEach(async () => {
    tokens = new TokenService();
    await tokens.start();
    server = await LocalRegistry.start({
      deletes: true,
      auth: tokens.settings,
    });
    registry = login(tokens.credentials.password);
  });

  afterEach(async () => {
    await registry.close();
    await server.stop();
    await tokens.stop();
  });

  function login(password: string): OciRegistry {
    const { username } = tokens.credentials;
    const { address } = server;
    return new OciRegistry({ address, username, password, plainHttp: true });
  }

  async function failureOf(work: Promise<unknown>): Promise<EngineError> {
    const error = await work.then(
      () => undefined,
      reason => reason,
    );
    expect(error).toBeInstanceOf(EngineError);
    expect(JSON.stringify(error.evidence)).not.toContain('secret-of-ann');
    return error;
  }

  it('takes a push, gives it back by digest and deletes it, with a token for each right', async () => {
    const name = await pushBundle(registry, repository, bundle);
    const reference = registry.reference(name.slice(server.address.length + 1));
    const stored = await registry.manifest(reference);
    expect(JSON.parse(stored!.bytes.toString()).layers[0].digest).toBe(digest);
    await expect(registry.blobs.read(repository, digest)).resolves.toEqual(
      bytes,
    );
    await expect(registry.delete(reference)).resolves.toBe('deleted');
    expect(tokens.scopes).toEqual([
      `repository:${repository}:pull`,
      `repository:${repository}:pull,push`,
      `repository:${repository}:pull,push,delete`,
    ]);
  });

  it('is not reached with a wrong login: its token service says so', async () => {
    const stranger = login('wrong');
    const { evidence } = await failureOf(stranger.tags(repository));
    expect(evidence[0]).toMatchObject({
      text: `GET http://${tokens.host}/token: 401 Unauthorized: {"details":"incorrect username or password"}`,
      facts: { registry: server.address, realm: tokens.host, status: 401 },
    });
    await stranger.close();
  });

  it('says that an account that may only pull lacks the right to push, and asks no more than once again', async () => {
    await pushBundle(registry, repository, bundle);
    tokens.granted = ['pull'];
    tokens.scopes.length = 0;
    const reader = login(tokens.credentials.password);
    await expect(reader.tags(repository)).resolves.toHaveLength(1);
    const other = Buffer.from('another layer');
    const config = reader.blobs.put(repository, other, 'text/plain');
    const { evidence } = await failureOf(config);
    expect(evidence[0]).toMatchObject({
      text: expect.stringMatching(
        /401 Unauthorized: insufficient_scope: UNAUTHORIZED: authentication required/,
      ),
      facts: { pushed: `${server.address}/${repository}`, status: 401 },
    });
    const push = `repository:${repository}:pull,push`;
    expect(tokens.scopes.slice(1)).toEqual([push, push]); // to look, and once more to push
    await reader.close();
  });

  it('says that its token service is away, and not the registry', async () => {
    const { host } = tokens;
    await tokens.close();
    const { evidence } = await failureOf(registry.tags(repository));
    expect(evidence[0]).toMatchObject({
      text: `GET http://${host}/token: connect ECONNREFUSED ${host}`,
      facts: { realm: host, code: 'ECONNREFUSED' },
    });
  });

  it('is asked with another token once it takes the first no more', async () => {
    tokens.life = 2;
    await registry.tags(repository);
    const spent = { authorization: `Bearer ${tokens.last}` };
    const status = async () =>
      (
        await fetch(`http://${server.address}/v2/${repository}/tags/list`, {
          headers: spent,
        })
      ).status;
    // The time runs out in the registry's own clock.
    for (let last = 0; last !== 401; ) last = await status();
    await expect(registry.tags(repository)).resolves.toEqual([]);
    expect(tokens.scopes).toHaveLength(2);
  });

  it('is not asked for ever where every token has run out already', async () => {
    tokens.life = -60;
    const { evidence } = await failureOf(registry.tags(repository));
    expect(evidence[0].text).toContain('401 Unauthorized: invalid_token');
    expect(tokens.scopes).toHaveLength(1);
  });
});
