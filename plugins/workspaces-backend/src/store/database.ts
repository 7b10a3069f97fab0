import {
  resolvePackagePath,
  type DatabaseService,
} from '@backstage/backend-plugin-api';
import type { Knex } from 'knex';
import type { Moment } from './rows';

const migrationsDirectory = resolvePackagePath(
  '@slipway/backstage-plugin-workspaces-backend',
  'migrations',
);

interface Connection {
  query(text: string): Promise<unknown>;
}

/** Longer than any pause between two statements of a transaction of ours. */
const IDLE_IN_TRANSACTION_MILLISECONDS = 5_000;

/**
 * A replica that stands still amid a transaction (a paused machine, a lost network) keeps
 * the locks of its rows, and nobody could take its runs over: PostgreSQL ends the transaction.
 * Holds for connections that are opened from now on; SQLite has one process alone.
 */
export function endIdleTransactions(knex: Knex): void {
  if (knex.client.config.client !== 'pg') return;
  const { client } = knex;
  const connect: () => Promise<Connection> =
    client.acquireRawConnection.bind(client);
  client.acquireRawConnection = async () => {
    const connection = await connect();
    await connection.query(
      `SET idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MILLISECONDS}`,
    );
    return connection;
  };
}

/** Opens the plugin's database and brings its tables up to date. */
export async function openDatabase(database: DatabaseService): Promise<Knex> {
  const knex = await database.getClient();
  endIdleTransactions(knex);
  if (knex.client.config.client !== 'pg') {
    // Readers and writers do not wait for each other, and a commit does not wait for the disk.
    // The death of the process loses nothing; the loss of power may lose the last moments.
    await knex.raw('PRAGMA journal_mode = WAL');
    await knex.raw('PRAGMA synchronous = NORMAL');
  }
  if (!database.migrations?.skip) {
    await knex.migrate.latest({ directory: migrationsDirectory });
  }
  return knex;
}

/**
 * The database's own clock as an SQL expression, in milliseconds since 1970. Leases
 * are compared by it alone, so that the clocks of replicas need not agree.
 */
export function databaseNow(knex: Knex): Knex.Raw {
  return knex.client.config.client === 'pg'
    ? knex.raw(
        `(extract(epoch from clock_timestamp()) * 1000)::double precision`,
      )
    : knex.raw(`((julianday('now') - 2440587.5) * 86400000.0)`);
}

/** Reads the database's own clock. */
export async function readDatabaseNow(knex: Knex): Promise<Moment> {
  const [row] = await knex.select({ now: databaseNow(knex) });
  return Number(row.now);
}

/** A field of the JSON object that a column of text holds, as an SQL expression. */
export function jsonField(knex: Knex, column: string, field: string): Knex.Raw {
  return knex.client.config.client === 'pg'
    ? knex.raw('??::json ->> ?', [column, field])
    : knex.raw('json_extract(??, ?)', [column, `$.${field}`]);
}

/** A moment as the API writes it, or `undefined` where there is none. */
export function isoTime(moment: Moment | null | undefined): string | undefined {
  return moment === null || moment === undefined
    ? undefined
    : new Date(moment).toISOString();
}
