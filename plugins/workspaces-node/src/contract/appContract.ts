import type { DesiredApp, DesiredWorkspace } from '../desired';
import type { ContractSuite } from './suite';

/** Apps: a new release beside the one that runs, ready when it answers. */
export function appContract(suite: ContractSuite): void {
  describe('apps', () => {
    const name = 'ws-apps';
    const sample = { kind: 'app', app: 'sample' } as const;
    const desired = async (
      parts: Partial<DesiredApp> = {},
      variables?: Record<string, string>,
    ): Promise<DesiredWorkspace> =>
      suite.workspace(name, {
        apps: [await suite.app(name, parts, variables)],
      });
    const addresses = (release: number) =>
      suite.engine.addresses({ workspace: name, app: 'sample', release });

    beforeAll(async () => {
      suite.secrets.set('token', 'to/ken');
    });
    afterAll(() => suite.destroy(name));

    it('ends when the app answers; it has its environment as given', async () => {
      const first = await desired(
        {
          environment: [
            {
              name: 'ADDRESS',
              secret: { id: 'token', template: 'https://{uri}@host' },
            },
          ],
        },
        { EMPTY: '', SPACES: '  a b ' },
      );
      expect((await suite.apply(first, sample)).length).toBeGreaterThan(0);
      const target = { workspace: name };
      expect(await suite.ask(target, '/')).toEqual({ release: '1' });
      const value = async (variable: string) =>
        (await suite.ask(target, '/environment', { name: variable })).value;
      expect(await value('EMPTY')).toBe('');
      expect(await value('SPACES')).toBe('  a b ');
      expect(await value('ADDRESS')).toBe('https://to%2Fken@host');

      const before = await suite.harness.inventory(name);
      await suite.apply(first, sample);
      await suite.apply(first, { kind: 'all' });
      expect(await suite.harness.inventory(name)).toEqual(before);
      const changes = await suite.engine.plan(first, suite.context());
      expect(changes.map(({ action }) => action)).not.toContainEqual(
        expect.stringMatching(/create|change|remove/),
      );
    });

    it('D1: replaces a container whose configuration differs, also where only a secret did', async () => {
      const variable = { name: 'TOKEN', secret: { id: 'token' } };
      const first = await desired({ environment: [variable] });
      await suite.apply(first, sample);
      suite.secrets.set('token', 'renewed');
      const changes = await suite.engine.plan(first, suite.context());
      expect(changes).toContainEqual(
        expect.objectContaining({ action: 'change', kind: 'app' }),
      );
      await suite.apply(first, sample);
      const answer = await suite.ask({ workspace: name }, '/environment', {
        name: 'TOKEN',
      });
      expect(answer).toEqual({ value: 'renewed' });
    });

    it('has its files from the start, to the last byte, and those of today once a value has changed', async () => {
      const content = 'to/ken "$HOME" $(PORT)\nwith ümlauts and no end';
      suite.secrets.set('license', content);
      suite.secrets.set('key', 'key');
      suite.secrets.set('token', 'beside the files');
      const files = [
        { path: '/app/license.txt', secret: { id: 'license' } },
        { path: '/etc/of its own/a/key', secret: { id: 'key' } },
      ];
      const variable = { name: 'TOKEN', secret: { id: 'token' } };
      const first = await desired({ files, environment: [variable] });
      await suite.apply(first, sample);
      const target = { workspace: name };
      const read = async (file: string) =>
        (await suite.ask(target, '/read', { file })).text;
      expect(await read(files[0].path)).toBe(content);
      expect(await read(files[1].path)).toBe('key');
      const value = async (wanted: string) =>
        (await suite.ask(target, '/environment', { name: wanted })).value;
      expect(await value('TOKEN')).toBe('beside the files');
      expect(await value('RELEASE')).toBe('1');

      const before = await suite.harness.inventory(name);
      await suite.apply(first, sample);
      expect(await suite.harness.inventory(name)).toEqual(before);
      suite.secrets.set('license', 'another');
      const changes = await suite.engine.plan(first, suite.context());
      expect(changes).toContainEqual(
        expect.objectContaining({ action: 'change', kind: 'app' }),
      );
      await suite.apply(first, sample);
      expect(await read(files[0].path)).toBe('another');
    });

    it('brings a new release up beside the old one, which stays as it is until all is made so', async () => {
      await suite.apply(await desired(), { kind: 'all' });
      const before = await addresses(1);
      const second = await desired({ release: 2 });
      await suite.apply(second, sample);
      expect(await addresses(1)).toEqual(before);
      const ask = (release: number) =>
        suite.ask({ workspace: name, release }, '/');
      expect(await ask(1)).toEqual({ release: '1' });
      expect(await ask(2)).toEqual({ release: '2' });

      const kept = await addresses(2);
      await suite.apply(second, { kind: 'all' });
      expect(await addresses(1)).toEqual([]);
      expect(await addresses(2)).toEqual(kept);
    });

    it('runs as many replicas as wanted, each with its own address', async () => {
      const two = await desired({ release: 2, replicas: 2 });
      const outcome = await suite.outcome(two);
      const { replicas: able } = suite.engine.abilities;
      expect(outcome).toBe(able ? 'done' : 'refused');
      if (!able) return;
      const both = await addresses(2);
      expect(new Set(both.map(({ replica }) => replica)).size).toBe(2);
      const places = both.map(({ host, port }) => `${host}:${port}`);
      expect(new Set(places).size).toBe(2);
      await suite.apply(await desired({ release: 2 }), { kind: 'all' });
      expect(await addresses(2)).toHaveLength(1);
    });

    it('keeps the root read-only where that is asked, with room for temporary files', async () => {
      const locked = await desired({ release: 3, readOnlyRoot: true });
      const outcome = await suite.outcome(locked);
      const { readOnlyRoot: able } = suite.engine.abilities;
      expect(outcome).toBe(able ? 'done' : 'refused');
      if (!able) return;
      const write = (file: string) =>
        suite.ask({ workspace: name, release: 3 }, '/write', {
          file,
          text: 'x',
        });
      expect(await write('/tmp/x')).toEqual({ written: true });
      expect(await write('/home/node/x')).toMatchObject({ reason: 'EROFS' });
    });

    it('has its files where the root is read-only, too', async () => {
      suite.secrets.set('key', 'in a read-only root');
      const path = '/etc/app/key';
      const locked = await desired({
        release: 3,
        readOnlyRoot: true,
        files: [{ path, secret: { id: 'key' } }],
      });
      if ((await suite.outcome(locked)) === 'refused') return;
      expect(
        await suite.ask({ workspace: name, release: 3 }, '/read', {
          file: path,
        }),
      ).toEqual({ text: 'in a read-only root' });
    });

    it('keeps a volume from one release to the next', async () => {
      // /home/node is the user's own in the image, so that the volume is as well
      const volumes = [{ name: 'files', mountPath: '/home/node' }];
      const fourth = await desired({ release: 4, volumes });
      const outcome = await suite.outcome(fourth);
      const { volumes: able } = suite.engine.abilities;
      expect(outcome).toBe(able ? 'done' : 'refused');
      if (!able) return;
      const file = '/home/node/note';
      const write = { file, text: 'kept' };
      const target = { workspace: name };
      await suite.ask({ ...target, release: 4 }, '/write', write);
      await suite.apply(await desired({ release: 5, volumes }), {
        kind: 'all',
      });
      expect(
        await suite.ask({ ...target, release: 5 }, '/read', { file }),
      ).toEqual({ text: 'kept' });
    });

    it('refuses to bring up an app that the workspace does not have', async () => {
      await expect(
        suite.apply(suite.workspace(name), sample),
      ).rejects.toMatchObject({ name: 'InputError' });
    });
  });
}
