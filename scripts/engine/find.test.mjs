import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { Docker, connection } from './docker.mjs';
import { contextHost, findEngine } from './find.mjs';

let folder;
let server;

/** An engine that answers what `version` says. */
async function listen(version) {
  const path = join(folder, 'engine.sock');
  server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(version));
  });
  await new Promise(resolve => server.listen(path, resolve));
  return `unix://${path}`;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-find-'));
});

afterEach(() => {
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

test('local engines are accepted, remote ones are not', () => {
  assert.deepEqual(connection('unix:///run/x.sock'), {
    socketPath: '/run/x.sock',
  });
  assert.deepEqual(connection('tcp://127.0.0.1:2375'), {
    host: '127.0.0.1',
    port: 2375,
  });
  assert.equal(connection('tcp://build.example:2375'), undefined);
  assert.equal(connection('ssh://build.example'), undefined);
});

test('the current docker context names its host', () => {
  const id = createHash('sha256').update('work').digest('hex');
  const files = {
    '/c/config.json': { currentContext: 'work' },
    [`/c/contexts/meta/${id}/meta.json`]: {
      Endpoints: { docker: { Host: 'unix:///run/work.sock' } },
    },
  };
  const read = path => files[path];
  assert.equal(
    contextHost({ DOCKER_CONFIG: '/c' }, read),
    'unix:///run/work.sock',
  );
  assert.equal(
    contextHost({ DOCKER_CONFIG: '/c', DOCKER_CONTEXT: 'default' }, read),
    undefined,
  );
});

test('the engine of DOCKER_HOST is used', async () => {
  const DOCKER_HOST = await listen({ Version: '28.2.2' });
  const { engine } = await findEngine('unix:///own.sock', { DOCKER_HOST });
  assert.equal(engine.version, '28.2.2');
  assert.equal(engine.docker.host, DOCKER_HOST);
});

test('a DOCKER_HOST that does not answer is an error that names it', async () => {
  const DOCKER_HOST = `unix://${join(folder, 'nobody.sock')}`;
  await assert.rejects(findEngine('unix:///own.sock', { DOCKER_HOST }), {
    name: 'Problem',
    message: /DOCKER_HOST names .*nobody\.sock.*does not answer/,
  });
});

test('a remote DOCKER_HOST is refused', async () => {
  await assert.rejects(
    findEngine('unix:///own.sock', { DOCKER_HOST: 'tcp://10.0.0.1:2375' }),
    { name: 'Problem', message: /not on this machine/ },
  );
});

test('a Podman is recognised and refused for now', async () => {
  const DOCKER_HOST = await listen({
    Version: '5.4.2',
    Components: [{ Name: 'Podman Engine' }],
  });
  await assert.rejects(findEngine('unix:///own.sock', { DOCKER_HOST }), {
    name: 'Problem',
    message: /Podman \(5\.4\.2\).*later/,
  });
});

test('an error inside of a stream of the engine is thrown', async () => {
  const host = await listen({ error: 'no space left on device' });
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    response.write('{"stream":"Step 1"}\n{"err');
    response.end('or":"no space left on device"}\n');
  });
  const seen = [];
  await assert.rejects(
    new Docker(host).follow('POST', '/build', {
      onLine: line => seen.push(line.stream),
    }),
    { name: 'EngineAnswer', message: 'no space left on device' },
  );
  assert.deepEqual(seen, ['Step 1']);
});
