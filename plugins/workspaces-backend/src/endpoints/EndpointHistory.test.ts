import { TestDatabases } from '@backstage/backend-test-utils';
import { migrate } from '../runs/__testUtils__/createWorld';
import { EndpointHistory } from './EndpointHistory';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });
const noon = Date.parse('2026-11-24T12:00:00Z');
const minute = 60_000;

describe.each(databases.eachSupportedId())('Health on %s', databaseId => {
  const good = (latencyMilliseconds: number) => ({
    ok: true,
    status: 200,
    latencyMilliseconds,
    message: 'answered 200',
  });
  const silent = { ok: false, latencyMilliseconds: 900, message: 'refused' };

  it('is the worst of each minute, with the mean of its answers, and leaves out what was not measured', async () => {
    const knex = await databases.init(databaseId);
    await migrate(knex);
    const history = new EndpointHistory(knex);
    await history.add('e1', 'healthy', good(10), noon);
    await history.add('e1', 'down', silent, noon + 15_000);
    await history.add('e1', 'healthy', good(30), noon + 30_000);
    await history.add('e1', 'down', silent, noon + 5 * minute);
    await history.add('e2', 'healthy', good(1), noon);

    expect(await history.read('e1', 1, noon + 10 * minute)).toEqual({
      intervalSeconds: 60,
      items: [
        {
          at: '2026-11-24T12:00:00.000Z',
          state: 'down',
          probes: 3,
          failed: 1,
          latencyMilliseconds: 20,
        },
        { at: '2026-11-24T12:05:00.000Z', state: 'down', probes: 1, failed: 1 },
      ],
    });
    const later = await history.read('e1', 1, noon + 64 * minute);
    expect(later.items.map(({ at }) => at)).toEqual([
      '2026-11-24T12:05:00.000Z',
    ]);
  });

  it('is kept for a day', async () => {
    const knex = await databases.init(databaseId);
    await migrate(knex);
    const history = new EndpointHistory(knex);
    await history.add('e1', 'healthy', good(10), noon);
    await history.add('e1', 'healthy', good(10), noon + minute);
    expect(await history.removeOld(noon + 24 * 60 * minute + 1)).toBe(1);
    const { items } = await history.read('e1', 24, noon + minute);
    expect(items).toHaveLength(1);
  });
});
