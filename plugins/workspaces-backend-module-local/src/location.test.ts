import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findEngine } from './location';

describe('findEngine', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'slipway-home-'));
  });
  afterEach(() => rm(home, { recursive: true }));

  const contextOf = async (name: string, host: string) => {
    const folder = createHash('sha256').update(name).digest('hex');
    const directory = join(home, '.docker', 'contexts', 'meta', folder);
    await mkdir(directory, { recursive: true });
    await writeFile(
      join(directory, 'meta.json'),
      JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }),
    );
  };

  it('asks the configuration before DOCKER_HOST before the docker context', async () => {
    await contextOf('work', 'unix:///of/the/context');
    await writeFile(
      join(home, '.docker', 'config.json'),
      JSON.stringify({ currentContext: 'work' }),
    );
    const search = { homeDirectory: home, environment: {} };
    const environment = { DOCKER_HOST: 'unix:///of/the/environment' };
    const dockerHost = 'unix:///of/the/configuration';
    expect(await findEngine({ ...search, environment, dockerHost })).toEqual({
      url: dockerHost,
      foundBy: 'workspaces.local.dockerHost',
    });
    expect(await findEngine({ ...search, environment })).toEqual({
      url: 'unix:///of/the/environment',
      foundBy: 'DOCKER_HOST',
    });
    expect(await findEngine(search)).toEqual({
      url: 'unix:///of/the/context',
      foundBy: 'docker context "work"',
    });
  });

  it('takes the context that DOCKER_CONTEXT names', async () => {
    await contextOf('other', 'unix:///of/the/other');
    const environment = { DOCKER_CONTEXT: 'other' };
    expect(await findEngine({ homeDirectory: home, environment })).toEqual({
      url: 'unix:///of/the/other',
      foundBy: 'docker context "other"',
    });
  });

  it('finds a socket of Podman, and names where Docker usually is if there is none', async () => {
    const environment = { XDG_RUNTIME_DIR: home };
    const search = { homeDirectory: home, environment };
    const none = await findEngine(search);
    expect(none.url).toMatch(/^unix:\/\/.*\.sock$/);

    const path = join(home, 'podman', 'podman.sock');
    await mkdir(join(home, 'podman'));
    const server = createServer();
    await new Promise<void>(resolve => server.listen(path, resolve));
    const found = await findEngine(search);
    await new Promise(resolve => server.close(resolve));
    // A Docker of the machine itself comes first.
    expect([`unix://${path}`, none.url]).toContain(found.url);
    expect(found.foundBy).toBe('the usual sockets');
  });
});
