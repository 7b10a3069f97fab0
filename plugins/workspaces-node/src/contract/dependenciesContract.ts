import type { DesiredVariable } from '../desired';
import { runJob } from './jobContract';
import type { ContractSuite } from './suite';

/** Databases and caches: ready means that a login worked. */
export function dependenciesContract(suite: ContractSuite): void {
  describe('dependencies', () => {
    const name = 'ws-data';
    const both = () =>
      suite.workspace(name, {
        dependencies: [suite.postgres(), suite.redis()],
      });
    const firstPassword = `it's "quoted"; $HOME \\n %`;
    const query = (
      sql: string,
      database = 'guests',
      password: DesiredVariable = {
        name: 'PGPASSWORD',
        secret: { id: 'postgres-password' },
      },
    ) =>
      runJob(suite, {
        workspace: name,
        image: suite.harness.dependencyImages.postgres,
        command: ['psql', '--tuples-only', '--no-align', `--command=${sql}`],
        environment: [
          { name: 'PGHOST', value: 'database' },
          { name: 'PGUSER', value: 'guest' },
          { name: 'PGDATABASE', value: database },
          password,
        ],
      });

    beforeAll(async () => {
      suite.secrets.set('postgres-password', firstPassword);
      suite.secrets.set('redis-password', 'a "b" \\ c # d');
      await suite.apply(both(), { kind: 'dependencies' });
    });
    afterAll(() => suite.destroy(name));

    it('D21: has made the database and lets the user in with the password as it is', async () => {
      const { exitCode, output } = await query(
        'CREATE TABLE guest AS SELECT 7 AS number',
      );
      expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
    });

    it('lets nobody into the cache without the password', async () => {
      const ping = (environment: DesiredVariable[]) =>
        runJob(suite, {
          workspace: name,
          image: suite.harness.dependencyImages.redis,
          command: ['redis-cli', '-h', 'cache', 'ping'],
          environment,
        });
      const stranger = await ping([]);
      expect(stranger.output).toContain('NOAUTH');
      const password = { id: 'redis-password' };
      const friend = await ping([{ name: 'REDISCLI_AUTH', secret: password }]);
      expect(friend.output.trim()).toBe('PONG');
    });

    it('changes nothing when applied again', async () => {
      const before = await suite.harness.inventory(name);
      await suite.apply(both(), { kind: 'dependencies' });
      expect(await suite.harness.inventory(name)).toEqual(before);
    });

    it('D21: makes another named database on data that is there, and keeps the first', async () => {
      const dependencies = [
        suite.postgres({ database: 'second "of" guests' }),
        suite.redis(),
      ];
      await suite.apply(suite.workspace(name, { dependencies }), {
        kind: 'dependencies',
      });
      const second = await query('SELECT 1', 'second "of" guests');
      expect(second).toMatchObject({ exitCode: 0, output: '1' });
      const first = await query('SELECT number FROM guest');
      expect(first).toMatchObject({ exitCode: 0, output: '7' });
    });

    it('D20: keeps the data when a dependency is taken out and put back', async () => {
      await suite.apply(suite.workspace(name), { kind: 'all' });
      await suite.apply(
        suite.workspace(name, { dependencies: [suite.postgres()] }),
        {
          kind: 'all',
        },
      );
      const { output } = await query('SELECT number FROM guest');
      expect(output).toBe('7');
    });

    it('D20: sets a changed password in the database itself, and keeps the data', async () => {
      suite.secrets.set('postgres-password', `an'other \\ "one" %`);
      suite.secrets.set('redis-password', 'another one');
      await suite.apply(both(), { kind: 'dependencies' });
      const now = await query('SELECT number FROM guest');
      expect(now).toMatchObject({ exitCode: 0, output: '7' });
      const before = await query('SELECT 1', 'guests', {
        name: 'PGPASSWORD',
        value: firstPassword,
      });
      expect(before.exitCode).not.toBe(0);
      expect(before.output).toContain('password authentication failed');
    });

    it('says that a login was refused, with what the server said', async () => {
      const dependencies = [suite.postgres({ username: 'stranger' })];
      const error = await suite.failure(
        suite.workspace(name, { dependencies }),
        { kind: 'dependencies' },
      );
      const [first] = error.evidence;
      expect(first).toMatchObject({
        first: true,
        text: expect.stringContaining('password authentication failed'),
        facts: { dependency: 'database' },
      });
    });
  });
}
