// A PostgreSQL for the tests: our own image on the engine that is there, its
// data in memory, reachable on a port of 127.0.0.1.
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { step, Problem } from '../terminal.mjs';

const readyLimit = 60_000;

async function untilHealthy(docker, id, signal) {
  const deadline = Date.now() + readyLimit;
  for (;;) {
    signal.throwIfAborted();
    const container = await docker.call('GET', `/containers/${id}/json`);
    const { State, NetworkSettings } = container;
    if (State.Health?.Status === 'healthy') {
      return NetworkSettings.Ports['5432/tcp'][0].HostPort;
    }
    if (!State.Running || Date.now() > deadline) {
      throw new Problem('The PostgreSQL of the tests did not become ready.', {
        fix: `See "docker logs ${id.slice(0, 12)}".`,
      });
    }
    await delay(200);
  }
}

/** Starts it and returns its connection string; it goes with the script. */
export async function startPostgres(docker, { signal, onExit }) {
  return step('PostgreSQL for the tests', async () => {
    const password = randomBytes(12).toString('hex');
    const { Id: id } = await docker.call('POST', '/containers/create', {
      body: {
        Image: 'postgres:15',
        Labels: { 'slipway.dev/test': 'postgres' },
        Env: [`POSTGRES_PASSWORD=${password}`],
        // Nothing of it must outlive a crash, so it need not be safe.
        Cmd: [
          'postgres',
          ...['-c', 'fsync=off'],
          ...['-c', 'full_page_writes=off'],
          ...['-c', 'synchronous_commit=off'],
          ...['-c', 'max_connections=200'],
        ],
        ExposedPorts: { '5432/tcp': {} },
        Healthcheck: {
          Test: ['CMD', 'pg_isready', '-h', '127.0.0.1', '-U', 'postgres'],
          Interval: 500_000_000,
          Timeout: 5_000_000_000,
          Retries: 100,
        },
        HostConfig: {
          AutoRemove: true,
          Tmpfs: { '/var/lib/postgresql/data': 'rw' },
          PortBindings: {
            '5432/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }],
          },
        },
      },
    });
    onExit(() =>
      docker.call('DELETE', `/containers/${id}`, {
        query: { force: true, v: true },
      }),
    );
    await docker.call('POST', `/containers/${id}/start`);
    const port = await untilHealthy(docker, id, signal);
    return `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;
  });
}
