import { TestDatabases } from '@backstage/backend-test-utils';
import type { Workspace } from '@slipway/backstage-plugin-workspaces-common';
import {
  createTestApi,
  gitApp,
  type TestApi,
} from '../__testUtils__/createTestApi';

jest.setTimeout(60_000);

const databases = TestDatabases.create();

describe.each(databases.eachSupportedId())(
  'the newest run of a workspace on %s',
  databaseId => {
    let api: TestApi;
    beforeAll(async () => {
      api = await createTestApi(await databases.init(databaseId));
    }, 60_000);
    afterAll(() => api.close());

    const create = async (name: string): Promise<Workspace> =>
      (
        await api
          .as('ada')
          .post('/workspaces')
          .send({ name, apps: [gitApp('web'), gitApp('api')] })
      ).body;
    const start = async (name: string, apps?: { name: string }[]) =>
      (await api.as('ada').post(`/workspaces/${name}/runs`).send({ apps }))
        .body;
    const lastRunOf = async (name: string) =>
      (await api.as('ada').get(`/workspaces/${name}`)).body.lastRun;
    const fail = (run: string, app: string, code: string, endedAt: number) =>
      api
        .knex('stages')
        .where({ run_id: run, stage: 'build', app })
        .update({
          state: 'failed',
          ended_at: endedAt,
          diagnosis: JSON.stringify({
            code,
            cause: `The "cause" of ${code}`,
            fix: 'Mend it',
            fixedBy: 'user',
            evidence: [],
          }),
        });

    it('is absent before the first, and then always the one with the highest number', async () => {
      const { lastRun, ...workspace } = await create('ws-runs');
      expect([workspace.name, lastRun]).toEqual(['ws-runs', undefined]);
      const first = await start('ws-runs', [{ name: 'web' }]);
      expect(await lastRunOf('ws-runs')).toEqual({
        id: first.id,
        number: 1,
        kind: 'deploy',
        state: 'queued',
        apps: ['web'],
        createdBy: 'user:default/ada',
        createdAt: first.createdAt,
      });
      await api.as('ada').post(`/runs/${first.id}/cancel`);
      const cancelled = await lastRunOf('ws-runs');
      expect(cancelled).toMatchObject({
        number: 1,
        state: 'cancelled',
        endedAt: expect.any(String),
      });
      await start('ws-runs');
      expect(await lastRunOf('ws-runs')).toMatchObject({
        number: 2,
        state: 'queued',
        apps: ['web', 'api'],
      });
    });

    it('has code and cause of what failed first, as the run itself, until that is tried again', async () => {
      await create('ws-failed');
      const run = await start('ws-failed');
      await fail(run.id, 'web', 'SECOND', 2000);
      await fail(run.id, 'api', 'FIRST', 1000);
      await api.knex('runs').where({ id: run.id }).update({ state: 'failed' });
      expect(await lastRunOf('ws-failed')).toMatchObject({
        state: 'failed',
        code: 'FIRST',
        cause: 'The "cause" of FIRST',
      });
      const whole = await api.as('ada').get(`/runs/${run.id}`);
      expect(whole.body.diagnosis.code).toBe('FIRST');

      await api.as('ada').post(`/runs/${run.id}/retry`).send({});
      const again = await lastRunOf('ws-failed');
      expect([again.state, again.code, again.cause]).toEqual([
        'queued',
        undefined,
        undefined,
      ]);
    });

    it('is in every entry of a list, at the price of one query', async () => {
      const asked: string[] = [];
      const listen = ({ sql }: { sql: string }) => asked.push(sql);
      const list = async (query: string): Promise<Workspace[]> => {
        asked.length = 0;
        api.knex.on('query', listen);
        const { body } = await api.as('ada').get(`/workspaces?${query}`);
        api.knex.off('query', listen);
        return body.items;
      };
      const one = await list('limit=1');
      const queriesForOne = asked.length;
      await create('ws-never-run');
      const all = await list('order=oldest');
      expect(asked).toHaveLength(queriesForOne);
      expect(one).toHaveLength(1);
      expect(all.map(({ name, lastRun }) => [name, lastRun?.number])).toEqual([
        ['ws-runs', 2],
        ['ws-failed', 1],
        ['ws-never-run', undefined],
      ]);
    });

    it('stays with the tombstone: it is the run that deleted', async () => {
      const { id } = await create('ws-gone');
      await api.as('ada').delete('/workspaces/ws-gone?confirm=ws-gone');
      await api.knex.transaction(trx =>
        api.core.api.workspaceStore.bury(id, { at: '', items: [] }, trx),
      );
      expect(await lastRunOf(id)).toMatchObject({ number: 1, kind: 'delete' });
    });
  },
);
