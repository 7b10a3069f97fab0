// Applies the files of migrations/ that the database does not have yet, each in a transaction of its own.
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';

const folder = new URL('./migrations/', import.meta.url);
const client = new pg.Client({
  connectionString: process.env.DATABASE_URL,
  connectionTimeoutMillis: 10_000, // a database that says nothing is a failure, too
});

await client.connect();
await client.query(
  'CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
);
const applied = new Set(
  (await client.query('SELECT name FROM migrations')).rows.map(row => row.name),
);
for (const name of (await readdir(folder))
  .filter(file => file.endsWith('.sql'))
  .sort()) {
  if (applied.has(name)) {
    console.log(`${name} was applied before`);
    continue;
  }
  await client.query('BEGIN');
  await client.query(await readFile(new URL(name, folder), 'utf8'));
  await client.query('INSERT INTO migrations (name) VALUES ($1)', [name]);
  await client.query('COMMIT');
  console.log(`${name} applied`);
}
await client.end();
