import { mockServices, TestDatabases } from '@backstage/backend-test-utils';
import type {
  EngineLogLine,
  LogSelector,
  WorkspaceEngine,
} from '@slipway/backstage-plugin-workspaces-node';
import type { Knex } from 'knex';
import { EventEmitter, once } from 'node:events';
import { until } from '../endpoints/__testUtils__/until';
import type { SecretStore } from '../secrets/SecretStore';
import { Changes } from '../store/changes';
import { openDatabase } from '../store/database';
import { AppLogCollector } from './AppLogCollector';
import { appLogStream, LogStore } from './LogStore';
import { addWorkspace } from './__testUtils__/workspaces';
import { workspaceSecretValues } from './workspaceSecrets';

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });

/** An engine with nothing but output, which can break off, as a connection does. */
class Output {
  readonly lines: (EngineLogLine & { app: string })[] = [];
  readonly asked: LogSelector[] = [];
  following = 0;
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  readonly engine = {
    id: 'local',
    logs: (selector: LogSelector, context: { signal: AbortSignal }) =>
      this.#follow(selector, context.signal),
  } as unknown as WorkspaceEngine; // only what the collector asks an engine for

  write(app: string, at: string, text: string, replica = 'r1'): void {
    this.lines.push({ app, at: new Date(at), text, replica, release: 1 });
    this.#emitter.emit('change');
  }

  breakOff(): void {
    this.#emitter.emit('change', 'broken');
  }

  async *#follow(
    { app, since, ...selector }: LogSelector,
    signal: AbortSignal,
  ): AsyncGenerator<EngineLogLine> {
    this.asked.push({ app, since, ...selector });
    this.following++;
    try {
      let next = 0;
      for (;;) {
        for (; next < this.lines.length; next++) {
          const line = this.lines[next];
          if (line.app === app && (!since || line.at > since)) yield line;
        }
        const [broken] = await once(this.#emitter, 'change', { signal });
        if (broken) throw new Error('socket hang up');
      }
    } finally {
      this.following--;
    }
  }
}

describe.each(databases.eachSupportedId())(
  'AppLogCollector on %s',
  databaseId => {
    let knex: Knex;
    let changes: Changes;
    let store: LogStore;
    let output: Output;
    let secrets: Map<string, string>;
    const collectors: AppLogCollector[] = [];

    beforeAll(async () => {
      knex = await databases.init(databaseId);
      await openDatabase({ getClient: async () => knex });
    });

    beforeEach(async () => {
      changes = new Changes();
      store = new LogStore(knex, changes);
      output = new Output();
      secrets = new Map([['s1', 'hunter22']]);
      await addWorkspace(knex, 'w1');
      await addApp('web');
    });

    afterEach(async () => {
      await Promise.all(collectors.splice(0).map(each => each.stop()));
      for (const table of [
        'log_chunks',
        'apps',
        'workspaces',
        'leases',
        'dependencies',
        'releases',
      ])
        await knex(table).delete();
    });

    async function addApp(name: string, workspace = 'w1'): Promise<void> {
      await knex('apps').insert({
        workspace_id: workspace,
        name,
        entity_ref: `component:default/${workspace}.${name}`,
        spec: JSON.stringify({
          environment: [
            { name: 'PLAIN', value: 'x' },
            { name: 'TOKEN', secret: 's1' },
          ],
        }),
        created_at: Date.now(),
      });
    }

    function collector(): AppLogCollector {
      const secretStore = {
        reveal: async (id: string) => ({ value: secrets.get(id), version: 1 }),
      } as unknown as SecretStore;
      const made = new AppLogCollector({
        knex,
        engines: new Map([['local', output.engine]]),
        store,
        changes,
        logger: mockServices.logger.mock(),
        secretValues: id => workspaceSecretValues(knex, secretStore, id),
      });
      collectors.push(made);
      return made;
    }

    const texts = async (app = 'web') => {
      const page = await store.page(appLogStream('w1', app), { limit: 5_000 });
      return page.items.map(line => line.text);
    };

    const kept = (count: number, app = 'web') =>
      until(`${count} lines are kept`, async () => {
        const found = await texts(app);
        return found.length >= count && found;
      });

    it('keeps what apps write while they run, redacted, each app by itself, and serves it when all is gone', async () => {
      output.write('web', '2026-11-21T10:00:00.100Z', 'token is hunter22');
      const running = collector();
      running.start();
      await kept(1);
      await addApp('worker');
      changes.emit('runs');
      output.write('worker', '2026-11-21T10:00:00.200Z', 'working');
      output.write('web', '2026-11-21T10:00:00.300Z', 'still here');
      expect(await kept(2)).toEqual(['token is ***', 'still here']);
      expect(await kept(1, 'worker')).toEqual(['working']);
      await running.stop();
      expect(output.following).toBe(0);
      expect(await texts()).toEqual(['token is ***', 'still here']);
    });

    it('knows the secret values of a replica before its first line is kept', async () => {
      collector().start();
      output.write('web', '2026-11-21T10:00:00.100Z', 'a hunter22', 'r1');
      await kept(1);
      await knex('dependencies').insert({
        workspace_id: 'w1',
        name: 'db',
        type: 'postgres',
        spec: '{}',
        password_secret: 's2',
        created_at: 1,
      });
      secrets.set('s2', 'generated-password');
      output.write('web', '2026-11-21T10:00:01Z', 'b generated-password', 'r2');
      expect(await kept(2)).toEqual(['a ***', 'b ***']);
    });

    it('goes on after the last kept line without keeping one twice or losing one, also equal ones', async () => {
      const first = collector();
      first.start();
      output.write('web', '2026-11-21T10:00:00.000Z', 'early');
      output.write('web', '2026-11-21T10:00:07.000Z', 'same');
      output.write('web', '2026-11-21T10:00:07.000Z', 'same');
      output.write('web', '2026-11-21T10:00:07.000Z', 'hunter22');
      await kept(4);
      await first.stop();
      output.write('web', '2026-11-21T10:00:07.000Z', 'same');
      output.write(
        'web',
        '2026-11-21T10:00:06.500Z',
        'of another replica',
        'r2',
      );
      output.write('web', '2026-11-21T10:00:08.000Z', 'later');
      collector().start();
      expect(await kept(7)).toEqual([
        'early',
        'same',
        'same',
        '***',
        'same',
        'of another replica',
        'later',
      ]);
      expect(output.asked.at(-1)).toMatchObject({
        workspace: 'ws-w1',
        since: new Date('2026-11-21T10:00:04.999Z'),
        follow: true,
      });
    });

    it('survives a connection that breaks off', async () => {
      collector().start();
      output.write('web', '2026-11-21T10:00:00.000Z', 'one');
      await kept(1);
      output.breakOff();
      await until('it gave up', async () => output.following === 0);
      output.write('web', '2026-11-21T10:00:01.000Z', 'two');
      changes.emit('workspace:w1');
      expect(await kept(2)).toEqual(['one', 'two']);
    });

    it('stops following the apps of a workspace that was deleted', async () => {
      collector().start();
      output.write('web', '2026-11-21T10:00:00.000Z', 'one');
      await kept(1);
      await knex('workspaces').update({ live_name: null });
      await knex('log_chunks').delete();
      output.write('web', '2026-11-21T10:00:01.000Z', 'terminated');
      changes.emit('endpoints');
      await until('nobody follows', async () => output.following === 0);
      expect(await knex('log_chunks')).toEqual([]);
    });

    it('is done by one replica at a time', async () => {
      collector().start();
      await until('the first follows', async () => output.following === 1);
      const second = collector();
      second.start();
      output.write('web', '2026-11-21T10:00:00.000Z', 'one');
      expect(await kept(1)).toEqual(['one']);
      expect(output.asked).toHaveLength(1);
      await collectors[0].stop();
      await until('the second follows', async () => output.following === 1);
      output.write('web', '2026-11-21T10:00:01.000Z', 'two');
      expect(await kept(2)).toEqual(['one', 'two']);
    });
  },
);
