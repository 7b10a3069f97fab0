import { mockServices, TestDatabases } from '@backstage/backend-test-utils';
import type { Knex } from 'knex';
import { openDatabase } from './database';
import type { AppRow, WorkspaceRow } from './rows';
import { WorkspaceStore } from './WorkspaceStore';

const databases = TestDatabases.create();

describe.each(databases.eachSupportedId())(
  'the store of workspaces on %s',
  databaseId => {
    let knex: Knex;
    let store: WorkspaceStore;
    let count = 0;

    beforeAll(async () => {
      knex = await openDatabase(
        mockServices.database({ knex: await databases.init(databaseId) }),
      );
      store = new WorkspaceStore(knex);
    }, 60_000);

    const app = (workspace: WorkspaceRow, name: string): AppRow => ({
      workspace_id: workspace.id,
      name,
      entity_ref: `component:default/${workspace.name}.${name}`,
      spec: JSON.stringify({
        name,
        source: { type: 'upload', upload: 'u' },
        port: 1,
      }),
      serving_release: null,
      last_release: 0,
      created_at: 1,
    });

    async function create(name = `ws-${++count}`): Promise<WorkspaceRow> {
      const workspace: WorkspaceRow = {
        id: `id-${name}-${++count}`,
        name,
        live_name: name,
        owner: 'user:default/ada',
        engine: 'local',
        size: 'small',
        last_run_number: 0,
        created_by: 'user:default/ada',
        created_at: Date.now(),
        deleted_at: null,
        receipt: null,
      };
      await store.create({
        workspace,
        apps: [app(workspace, 'web')],
        dependencies: [],
      });
      return workspace;
    }
    const release = (workspace: WorkspaceRow, run: string, image: string) =>
      store.createRelease({
        workspace_id: workspace.id,
        app: 'web',
        run_id: `${workspace.id}-${run}`,
        image,
        revision: null,
        spec: '{}',
        dependency_versions: '{}',
        migration: null,
      });
    const serve = (workspace: WorkspaceRow, number: number, replicas = 1) =>
      knex.transaction(trx =>
        store.setServing(
          workspace.id,
          'web',
          { release: number, replicas },
          trx,
        ),
      );
    const states = async (workspace: WorkspaceRow) =>
      (await store.releases(workspace.id, 'web')).map(({ number, state }) => [
        number,
        state,
      ]);

    it('gives a name to one live workspace at a time, also when two ask at once (D18)', async () => {
      const results = await Promise.allSettled(
        [1, 2, 3].map(() => create('ws-raced')),
      );
      expect(
        results.filter(({ status }) => status === 'fulfilled'),
      ).toHaveLength(1);
      const [refused] = results.filter(result => result.status === 'rejected');
      expect((refused as PromiseRejectedResult).reason).toMatchObject({
        name: 'ConflictError',
        message: 'name: "ws-raced" is taken; choose another name',
      });
      expect(
        await knex('apps').where('entity_ref', 'like', '%ws-raced%'),
      ).toHaveLength(1);
    });

    it('gives no entity to two apps (D2)', async () => {
      const [first, second] = [await create(), await create()];
      const taken = {
        ...app(second, 'other'),
        entity_ref: `component:default/${first.name}.web`,
      };
      await expect(store.putApp(taken)).rejects.toThrow(
        `the entity component:default/${first.name}.web of app "other" is taken`,
      );
    });

    it('finds by whole names and by ids', async () => {
      const workspace = await create('ws-found');
      expect(await store.resolve('ws-found')).toMatchObject({
        id: workspace.id,
      });
      expect(await store.resolve(workspace.id)).toMatchObject({
        id: workspace.id,
      });
      expect(await store.resolve('ws-foun')).toBeUndefined();
      expect(await store.findLive('ws-%')).toBeUndefined();
    });

    it('counts releases without gaps or doubles, and knows one that a repeated stage made already', async () => {
      const workspace = await create();
      const made = await Promise.all(
        ['a', 'b', 'c', 'd'].map(run => release(workspace, run, 'sha256:1')),
      );
      expect(made.map(({ number }) => number).sort()).toEqual([1, 2, 3, 4]);
      const again = await release(workspace, 'b', 'sha256:1');
      expect(again).toEqual(made[1]);
      expect((await release(workspace, 'b', 'sha256:2')).number).toBe(5);
      expect((await store.app(workspace.id, 'web'))?.last_release).toBe(5);
    });

    it('has one release that serves, and fails only one that never did', async () => {
      const workspace = await create();
      await release(workspace, 'a', 'sha256:1');
      await release(workspace, 'b', 'sha256:2');
      await release(workspace, 'c', 'sha256:3');
      await serve(workspace, 1);
      await serve(workspace, 2);
      await knex.transaction(trx =>
        store.failRelease(workspace.id, 'web', 3, trx),
      );
      await knex.transaction(trx =>
        store.failRelease(workspace.id, 'web', 2, trx),
      );
      expect(await states(workspace)).toEqual([
        [3, 'failed'],
        [2, 'serving'],
        [1, 'superseded'],
      ]);
      await serve(workspace, 1, 3); // a rollback
      expect(await states(workspace)).toEqual([
        [3, 'failed'],
        [2, 'superseded'],
        [1, 'serving'],
      ]);
      expect((await store.app(workspace.id, 'web'))?.serving_release).toBe(1);
      const first = await store.release(workspace.id, 'web', 1);
      expect(JSON.parse(first!.spec)).toEqual({ replicas: 3 });
    });

    it('changes the source or the replicas of an app and nothing else of it', async () => {
      const workspace = await create();
      const source = {
        type: 'git' as const,
        url: 'https://git.example.com/a.git',
      };
      await store.changeApp(workspace.id, 'web', { source });
      await store.changeApp(workspace.id, 'web', { replicas: 2 });
      expect(JSON.parse((await store.app(workspace.id, 'web'))!.spec)).toEqual({
        name: 'web',
        source,
        port: 1,
        replicas: 2,
      });
      await expect(
        store.changeApp(workspace.id, 'none', { source }),
      ).rejects.toThrow('has no app "none"');
    });

    it('leaves of a deleted workspace its tombstone with runs and events, and in the end nothing', async () => {
      const workspace = await create('ws-buried');
      await release(workspace, 'run-1', 'sha256:1');
      const of = { workspace_id: workspace.id };
      const now = Date.now();
      await knex('runs').insert({
        id: 'run-1',
        ...of,
        number: 1,
        kind: 'deploy',
        state: 'succeeded',
        apps: '["web"]',
        input: '{}',
        owner: workspace.owner,
        created_by: workspace.owner,
        created_at: now,
        queued_at: now,
      });
      await knex('run_events').insert({
        run_id: 'run-1',
        sequence: 1,
        ...of,
        at: now,
        type: 'run',
        message: 'Queued',
      });
      await knex('stages').insert({
        run_id: 'run-1',
        app: '',
        stage: 'provision',
        attempt: 1,
        state: 'succeeded',
      });
      await knex('dependencies').insert({
        ...of,
        name: 'db',
        type: 'postgres',
        spec: '{}',
        password_secret: 's',
        created_at: now,
      });
      await knex('endpoints').insert({
        id: 'e',
        ...of,
        app: 'web',
        port: 1,
        stable_port: 18001,
        state: 'healthy',
        created_at: now,
      });
      await knex('bundles').insert({
        digest: 'd',
        ...of,
        size_bytes: 1,
        created_at: now,
      });
      await knex('log_chunks').insert({
        stream: 's',
        first_line: 1,
        line_count: 1,
        ...of,
        content: Buffer.from('x'),
        updated_at: now,
      });
      await knex('secrets').insert({
        id: 's',
        owner: workspace.owner,
        ...of,
        key_id: 'k',
        nonce: 'n',
        ciphertext: 'c',
        created_by: workspace.owner,
        created_at: now,
        updated_at: now,
      });
      for (const [key, resource_id] of [
        ['a', workspace.id],
        ['b', 'run-1'],
        ['c', 'other'],
      ]) {
        await knex('idempotency_keys').insert({
          principal: 'p',
          route: 'r',
          key,
          request_hash: 'h',
          resource_id,
          created_at: now,
        });
      }

      const receipt = { at: new Date(now).toISOString(), items: [] };
      await knex.transaction(trx => store.bury(workspace.id, receipt, trx));
      for (const table of [
        'apps',
        'dependencies',
        'releases',
        'endpoints',
        'secrets',
        'log_chunks',
        'bundles',
      ]) {
        expect([table, await knex(table).where(of)]).toEqual([table, []]);
      }
      expect(await knex('idempotency_keys').pluck('key')).toEqual(['c']);
      const tombstone = await store.get(workspace.id);
      expect(tombstone).toMatchObject({
        name: 'ws-buried',
        live_name: null,
        owner: workspace.owner,
      });
      expect(JSON.parse(tombstone!.receipt!)).toEqual(receipt);
      expect(await knex('runs').where(of)).toHaveLength(1);
      expect(await knex('run_events').where(of)).toHaveLength(1);
      await create('ws-buried'); // the name is free again

      expect(await store.removeTombstones(tombstone!.deleted_at!)).toBe(0);
      expect(await store.removeTombstones(tombstone!.deleted_at! + 1)).toBe(1);
      expect(await store.get(workspace.id)).toBeUndefined();
      for (const table of ['runs', 'run_events'])
        expect(await knex(table).where(of)).toEqual([]);
      expect(await knex('stages').where({ run_id: 'run-1' })).toEqual([]);
    });

    it('lets nobody change what is being deleted', async () => {
      const workspace = await create();
      const lock = () => knex.transaction(trx => store.lock(workspace.id, trx));
      await lock();
      await knex('runs').insert({
        id: `delete-${workspace.id}`,
        workspace_id: workspace.id,
        number: 1,
        kind: 'delete',
        state: 'queued',
        apps: '[]',
        input: '{}',
        owner: workspace.owner,
        created_by: workspace.owner,
        created_at: 1,
        queued_at: 1,
      });
      await expect(lock()).rejects.toThrow(
        'is being deleted by its run 1; it cannot be changed',
      );
      await knex.transaction(trx =>
        store.bury(workspace.id, { at: '', items: [] }, trx),
      );
      await expect(lock()).rejects.toThrow('was deleted; it cannot be changed');
    });
  },
);
