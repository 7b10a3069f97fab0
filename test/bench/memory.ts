import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DockerEngine } from '../support/engine/DockerEngine';
import { bundle, Portal } from '../support/portal';
import { atMost, type Measurement } from './table';

/** How long a portal is left alone before its memory is read. */
const REST = 20_000;

/** Resident memory of the portal at rest, beside that of the same portal without Slipway's plugins. */
export async function measureMemory(): Promise<Measurement[]> {
  const stock = await residentMemory({ entry: stockPortal() });
  const slipway = await residentMemory({});
  return [
    {
      name: 'memory of the stock portal at rest',
      value: stock,
      unit: 'MiB',
      goal: 'for comparison',
      holds: true,
    },
    {
      name: 'memory of the portal with Slipway at rest',
      value: slipway,
      unit: 'MiB',
      goal: 'for comparison',
      holds: true,
    },
    atMost(
      'memory with Slipway, share of the stock portal',
      (100 * slipway) / stock,
      '%',
      120,
    ),
  ];
}

async function residentMemory(options: { entry?: string }): Promise<number> {
  const portal = await Portal.prepare({
    engine: new DockerEngine('slipway-bench'),
    entry: options.entry,
  });
  try {
    await portal.start();
    await delay(REST);
    const status = readFileSync(`/proc/${portal.pid}/status`, 'utf8');
    return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024);
  } finally {
    await portal.remove();
  }
}

/** A backend of the plugins that packages/backend depends on, ours left out. */
function stockPortal(): string {
  const manifest = JSON.parse(
    readFileSync(join(bundle, 'packages/backend/package.json'), 'utf8'),
  );
  const features = Object.keys(manifest.dependencies)
    .filter(name => !name.startsWith('@slipway/'))
    // It does not start without a policy, and the portal's own speaks of workspaces.
    .filter(name => name !== '@backstage/plugin-permission-backend')
    .filter(name => {
      const file = [bundle, join(bundle, '..')]
        .map(root => join(root, 'node_modules', name, 'package.json'))
        .find(existsSync);
      return (
        file &&
        ['backend-plugin', 'backend-plugin-module'].includes(
          JSON.parse(readFileSync(file, 'utf8')).backstage?.role,
        )
      );
    });
  const entry = join(bundle, 'packages/backend/stock.cjs');
  writeFileSync(
    entry,
    [
      `const backend = require('@backstage/backend-defaults').createBackend();`,
      ...features.map(name => `backend.add(require(${JSON.stringify(name)}));`),
      `backend.start();`,
    ].join('\n'),
  );
  return entry;
}

/** Time from the second `npm start` to a demo that answers, with the data of the first. */
export async function measureSecondStart(): Promise<Measurement[]> {
  const home = mkdtempSync(join(tmpdir(), 'slipway-home-'));
  try {
    await startAndStop(home);
    return [
      atMost(
        'second npm start to the reachable demo',
        (await startAndStop(home)) / 1000,
        's',
        60,
      ),
    ];
  } finally {
    await ended(
      spawn('node', ['scripts/clean.mjs'], {
        cwd: join(bundle, '..'),
        env: { ...process.env, SLIPWAY_HOME: home },
        stdio: 'ignore',
      }),
    );
    rmSync(home, { recursive: true, force: true });
  }
}

async function startAndStop(home: string): Promise<number> {
  const begin = performance.now();
  const child = spawn('node', ['scripts/start.mjs'], {
    cwd: join(bundle, '..'),
    env: { ...process.env, SLIPWAY_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const duration = await new Promise<number>((done, failed) => {
    child.stdout.on('data', async chunk => {
      output += chunk;
      const demo = /http:\/\/[\w.]+:(?!7007)\d+/.exec(output)?.[0];
      if (!demo) return;
      const answer = await fetch(demo).catch(() => undefined);
      if (answer?.ok) done(performance.now() - begin);
    });
    child.once('exit', code =>
      failed(new Error(`npm start ended with ${code}:\n${output}`)),
    );
  });
  child.kill('SIGINT');
  await ended(child);
  return duration;
}

function ended(child: ReturnType<typeof spawn>): Promise<unknown> {
  return new Promise(done => child.once('exit', done));
}
