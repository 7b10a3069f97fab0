import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { identify, isAlive, listeningInodes, portOwner } from './processes.mjs';

test('a process is known by its number and its start', () => {
  assert.equal(isAlive(identify(process.pid)), true);
  assert.equal(isAlive(`${process.pid}-1`), false);
  assert.equal(isAlive('4194305-unknown'), false);
});

test('only sockets that listen on the port count', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:1B5F 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1',
    '   1: 0100007F:1B5F 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 222 1',
    '   2: 0100007F:1B60 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1',
  ].join('\n');
  assert.deepEqual(listeningInodes(table, 7007), ['111']);
});

test('who holds a port is seen', async () => {
  const server = createServer();
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  assert.equal(portOwner(server.address().port)?.pid, process.pid);
  server.close();
});
