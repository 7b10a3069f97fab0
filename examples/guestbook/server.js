import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { createClient } from 'redis';
import { page } from './page.js';

const { version } = JSON.parse(
  await readFile(new URL('./package.json', import.meta.url), 'utf8'),
);
const style = await readFile(new URL('./public/style.css', import.meta.url));

const database = new pg.Pool({
  connectionString: process.env.DATABASE_URL,
  max: 5,
});
database.on('error', error => console.error(`database: ${error.message}`));
const cache = createClient({ url: process.env.REDIS_URL });
cache.on('error', error => console.error(`redis: ${error.message}`));
await cache.connect();

async function readEntries() {
  const { rows } = await database.query(
    'SELECT id, name, message, written_at FROM entries ORDER BY id DESC LIMIT 100',
  );
  return rows.map(row => ({
    id: row.id,
    name: row.name,
    message: row.message,
    writtenAt: row.written_at,
  }));
}

async function readForm(request) {
  let body = '';
  for await (const chunk of request) {
    body += chunk;
    if (body.length > 10_000) throw new Error('the form is too long');
  }
  return new URLSearchParams(body);
}

function send(response, status, type, body, headers = {}) {
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Security-Policy': "default-src 'self'; form-action 'self'",
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  });
  response.end(body);
}

async function sendPage(response, status, problem) {
  const visits = problem
    ? Number(await cache.get('visits'))
    : await cache.incr('visits');
  send(
    response,
    status,
    'text/html; charset=utf-8',
    page({ entries: await readEntries(), visits, version, problem }),
  );
}

async function addEntry(request, response) {
  const form = await readForm(request);
  const name = (form.get('name') ?? '').trim();
  const message = (form.get('message') ?? '').trim();
  if (!name || name.length > 80)
    return sendPage(response, 400, 'Your name must have 1 to 80 characters.');
  if (!message || message.length > 500)
    return sendPage(
      response,
      400,
      'Your message must have 1 to 500 characters.',
    );
  await database.query('INSERT INTO entries (name, message) VALUES ($1, $2)', [
    name,
    message,
  ]);
  return send(response, 303, 'text/plain', '', { Location: '/' });
}

const routes = {
  'GET /': (_request, response) => sendPage(response, 200),
  'GET /style.css': (_request, response) =>
    send(response, 200, 'text/css', style),
  'POST /entries': addEntry,
  'GET /api/entries': async (_request, response) =>
    send(
      response,
      200,
      'application/json',
      JSON.stringify(await readEntries()),
    ),
  'GET /version': (_request, response) =>
    send(response, 200, 'application/json', JSON.stringify({ version })),
  'GET /health': async (_request, response) => {
    await Promise.all([database.query('SELECT 1'), cache.ping()]);
    send(response, 200, 'text/plain', 'ok');
  },
};

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://guestbook');
  const route = routes[`${request.method} ${pathname}`];
  try {
    await (route
      ? route(request, response)
      : send(response, 404, 'text/plain', 'There is no such page.'));
  } catch (error) {
    console.error(`${request.method} ${pathname}: ${error.message}`);
    if (!response.headersSent)
      send(
        response,
        503,
        'text/plain',
        'The guestbook cannot reach its database right now.',
      );
    else response.destroy();
  }
});

server.listen(Number(process.env.PORT ?? 3000), '0.0.0.0', () =>
  console.log(`guestbook ${version} listens on ${server.address().port}`),
);

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close(async () => {
      await Promise.all([database.end(), cache.close()]);
    });
    server.closeIdleConnections();
  });
}
