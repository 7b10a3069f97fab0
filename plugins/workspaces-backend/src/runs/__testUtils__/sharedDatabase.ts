import knexFactory, { type Knex } from 'knex';
import { endIdleTransactions } from '../../store/database';

/** A database that several processes can open. */
export type SharedDatabase =
  | { client: 'better-sqlite3'; filename: string }
  | { client: 'pg'; connection: Knex.PgConnectionConfig };

/** How a test database is reached. The client library hides the password from copies. */
export function connectionOf(knex: Knex): Knex.PgConnectionConfig {
  const { connection } = knex.client.config;
  return { ...connection, password: connection.password };
}

/** Opens it as a portal does; of SQLite one connection, which waits so long for others. */
export function connect(
  database: SharedDatabase,
  busyMilliseconds: number = 50,
): Knex {
  if (database.client === 'pg') {
    const knex = knexFactory({ ...database, pool: { min: 0, max: 10 } });
    endIdleTransactions(knex);
    return knex;
  }
  return knexFactory({
    client: 'better-sqlite3',
    connection: { filename: database.filename },
    useNullAsDefault: true,
    pool: {
      min: 1,
      max: 1,
      afterCreate: (
        connection: { pragma(text: string): void },
        done: () => void,
      ) => {
        connection.pragma(`busy_timeout = ${busyMilliseconds}`);
        connection.pragma('journal_mode = WAL');
        done();
      },
    },
  });
}
