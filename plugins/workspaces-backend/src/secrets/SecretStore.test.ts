import { mockServices, TestDatabases } from '@backstage/backend-test-utils';
import type { Knex } from 'knex';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../store/database';
import { SecretKeys } from './SecretKeys';
import { SecretStore } from './SecretStore';

const databases = TestDatabases.create();

const keys = (...ids: string[]) =>
  new SecretKeys(ids.map(id => ({ id, key: Buffer.alloc(32, id) })));

describe.each(databases.eachSupportedId())('secrets on %s', databaseId => {
  let knex: Knex;
  let store: SecretStore;
  const create = (value: string) =>
    store.create({
      owner: 'user:default/ada',
      value,
      createdBy: 'user:default/ada',
    });

  beforeAll(async () => {
    knex = await openDatabase(
      mockServices.database({ knex: await databases.init(databaseId) }),
    );
    store = new SecretStore(knex, keys('one'));
  }, 60_000);
  beforeEach(() => knex('secrets').delete());

  it('gives back what was put in, whatever it is, and never stores it in clear', async () => {
    for (const value of [
      'short',
      'pass word;"\'',
      '\u{1f511}ü\n',
      randomBytes(48_000).toString('base64'),
    ]) {
      const { id } = await create(value);
      expect(await store.reveal(id)).toEqual({ value, version: 1 });
      const row = await knex('secrets').where({ id }).first();
      expect(JSON.stringify(row)).not.toContain(
        JSON.stringify(value).slice(1, -1),
      );
    }
  });

  it('encrypts the same value differently each time', async () => {
    const [first, second] = [await create('same'), await create('same')];
    expect(first.ciphertext).not.toBe(second.ciphertext);
    expect(first.nonce).not.toBe(second.nonce);
  });

  it('counts changes of a value', async () => {
    const { id } = await create('old');
    const { version } = store.resolver(() => {});
    const before = await version({ id });
    expect((await store.update(id, 'new')).version).toBe(2);
    expect(await store.reveal(id)).toEqual({ value: 'new', version: 2 });
    expect(await version({ id })).not.toBe(before);
    expect(await version({ id, template: '{uri}' })).not.toBe(
      await version({ id }),
    );
    await expect(store.update('none', 'x')).rejects.toThrow(
      'There is no secret "none"',
    );
  });

  it.each([
    [
      'a byte of the ciphertext',
      { ciphertext: Buffer.alloc(40, 1).toString('base64') },
    ],
    ['the nonce', { nonce: Buffer.alloc(12, 1).toString('base64') }],
    [
      'all but a stump of the ciphertext',
      { ciphertext: Buffer.alloc(3).toString('base64') },
    ],
    ['the row that it stands in', { id: 'other' }],
  ])('does not open a secret of which %s was changed', async (_, change) => {
    const { id } = await create('value');
    await knex('secrets').where({ id }).update(change);
    await expect(store.reveal('id' in change ? change.id : id)).rejects.toThrow(
      'cannot be decrypted: its row was altered, or the key "one" is another one now',
    );
  });

  it('does not open a secret with the ciphertext of another row', async () => {
    const [mine, theirs] = [await create('mine'), await create('theirs')];
    const { nonce, ciphertext } = theirs;
    await knex('secrets').where({ id: mine.id }).update({ nonce, ciphertext });
    await expect(store.reveal(mine.id)).rejects.toThrow('cannot be decrypted');
  });

  it('rotates: two keys are accepted, the first one encrypts, then the old one can go', async () => {
    const { id } = await create('value');
    const rotating = new SecretStore(knex, keys('two', 'one'));
    expect((await rotating.reveal(id)).value).toBe('value');
    expect(
      (await rotating.create({ owner: 'o', value: 'new', createdBy: 'c' }))
        .key_id,
    ).toBe('two');
    expect(await rotating.rotate()).toBe(1);
    expect(await rotating.rotate()).toBe(0);

    const rotated = new SecretStore(knex, keys('two'));
    expect(await rotated.reveal(id)).toEqual({ value: 'value', version: 1 });
    expect(await rotated.missingKeys()).toEqual([]);
    expect(await store.missingKeys()).toEqual(['two']);
    await expect(store.reveal(id)).rejects.toThrow(
      'encrypted with the key "two", which workspaces.secrets.keys does not have',
    );
  });

  it('fills templates, and tells every form of the value so that it can be redacted', async () => {
    const { id } = await create('p@ss;"w');
    const told: string[] = [];
    const { resolve } = store.resolver(value => told.push(value));
    expect(await resolve({ id })).toBe('p@ss;"w');
    expect(await resolve({ id, template: 'redis://:{uri}@redis/0' })).toBe(
      'redis://:p%40ss%3B%22w@redis/0',
    );
    expect(await resolve({ id, template: 'Host=db;Password={adonet}' })).toBe(
      'Host=db;Password="p@ss;""w"',
    );
    expect(await resolve({ id, template: '{raw}{other}' })).toBe(
      'p@ss;"w{other}',
    );
    expect(new Set(told)).toEqual(
      new Set(['p@ss;"w', 'p%40ss%3B%22w', '"p@ss;""w"']),
    );
    await expect(resolve({ id: 'none' })).rejects.toThrow(
      'There is no secret "none"; it was deleted',
    );
  });

  it('keeps what stands in a value that looks like a template or a replacement', async () => {
    const { id } = await create('$&{uri}$1');
    expect(
      await store.resolver(() => {}).resolve({ id, template: 'a{raw}b' }),
    ).toBe('a$&{uri}$1b');
  });
});

describe('keys of secrets', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'slipway-keys-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const configured = (...entries: { id: string; key: string }[]) =>
    mockServices.rootConfig({
      data: { workspaces: { secrets: { keys: entries } } },
    });
  const base64 = (letter: string) =>
    Buffer.alloc(32, letter).toString('base64');

  it('are made once, for the user of the portal alone, where none is configured', async () => {
    const config = mockServices.rootConfig({ data: {} });
    const made = await Promise.all(
      [1, 2, 3].map(() => SecretKeys.create({ config, directory })),
    );
    const file = join(directory, 'secrets.key');
    expect((await stat(file)).mode % 0o1000).toBe(0o600);
    const key = Buffer.from(await readFile(file, 'utf8'), 'base64');
    expect(key).toHaveLength(32);
    for (const { current } of made)
      expect(current).toEqual({ id: 'generated', key });
    expect(await readdir(directory)).toEqual(['secrets.key']);
  });

  it('are refused from a file that others may read', async () => {
    const config = mockServices.rootConfig({ data: {} });
    await SecretKeys.create({ config, directory });
    await chmod(join(directory, 'secrets.key'), 0o640);
    await expect(SecretKeys.create({ config, directory })).rejects.toThrow(
      'run "chmod 600" on it',
    );
  });

  it('come from the configuration, and the generated one still opens what it encrypted', async () => {
    const first = await SecretKeys.create({
      config: mockServices.rootConfig({ data: {} }),
      directory,
    });
    const config = configured({ id: '2026', key: base64('a') });
    const { current, get } = await SecretKeys.create({
      config,
      directory,
    }).then(all => ({
      current: all.current,
      get: (id: string) => all.get(id),
    }));
    expect(current.id).toBe('2026');
    expect(get('generated')).toEqual(first.current.key);
  });

  it.each([
    [
      [{ id: 'a', key: 'short' }],
      'workspaces.secrets.keys[0].key: must be 32 bytes in base64',
    ],
    [
      [
        { id: 'a', key: base64('a') },
        { id: 'a', key: base64('b') },
      ],
      'the id "a" is there twice',
    ],
  ])('are refused where they cannot be meant: %j', async (entries, message) => {
    await expect(
      SecretKeys.create({ config: configured(...entries), directory }),
    ).rejects.toThrow(message);
  });
});
