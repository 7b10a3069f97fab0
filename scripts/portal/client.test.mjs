import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entityPage } from '../demo.mjs';
import { readEvents } from './client.mjs';

async function read(...chunks) {
  const encoder = new TextEncoder();
  const events = [];
  const stream = (async function* send() {
    yield* chunks.map(chunk => encoder.encode(chunk));
  })();
  for await (const event of readEvents(stream)) {
    events.push(event);
  }
  return events;
}

test('events are read across the borders of chunks', async () => {
  assert.deepEqual(
    await read('id: 7\nevent: st', 'age\ndata: {}\n', '\nid: 8\ndata: x\n\n'),
    [
      { id: '7', event: 'stage', data: '{}' },
      { id: '8', data: 'x' },
    ],
  );
});

test('heartbeats and events cut short are none', async () => {
  assert.deepEqual(await read(': ping\n\n', 'id: 9\ndata: cut'), []);
});

test('the page of an app is that of its entity', () => {
  assert.equal(
    entityPage('http://localhost:7007', 'component:default/guestbook'),
    'http://localhost:7007/catalog/default/component/guestbook',
  );
});
