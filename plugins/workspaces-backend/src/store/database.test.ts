import { TestDatabases } from '@backstage/backend-test-utils';
import { connect, connectionOf } from '../runs/__testUtils__/sharedDatabase';
import { openDatabase } from './database';

const databases = TestDatabases.create({ ids: ['POSTGRES_15'] });

describe.each(databases.eachSupportedId())('Database on %s', databaseId => {
  it('C3 takes the locks from a replica that stands still amid a transaction', async () => {
    const knex = await databases.init(databaseId);
    const connection = connectionOf(knex);
    const replicas = [1, 2].map(() => connect({ client: 'pg', connection }));
    await Promise.all(
      replicas.map(replica =>
        openDatabase({
          getClient: async () => replica,
          migrations: { skip: true },
        }),
      ),
    );
    const [still, other] = replicas;
    await other.schema.createTable('rows', table => {
      table.string('writer');
    });
    await other('rows').insert({ writer: 'nobody' });

    const transaction = await still.transaction();
    await transaction('rows').update({ writer: 'still' });
    expect(await other('rows').update({ writer: 'other' })).toBe(1);

    await expect(
      transaction('rows').update({ writer: 'still again' }),
    ).rejects.toThrow();
    await transaction.rollback(); // as its owner does after a failed statement
    expect(await other('rows').select()).toEqual([{ writer: 'other' }]);
    // A connection of its own is opened for what the replica does next.
    expect(await still('rows').select()).toEqual([{ writer: 'other' }]);
    await Promise.all(replicas.map(replica => replica.destroy()));
  });
});
