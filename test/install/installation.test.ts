import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test as base } from '@playwright/test';
import { runCommand } from '../support/command';
import { codeBlocks } from '../support/installationGuide';
import { NpmRegistry } from '../support/npmRegistry';
import { packPlugins } from '../support/packedPlugins';
import { createStockPortal } from '../support/stockPortal';

const READINESS_LIMIT = 240_000;

/** A portal that somebody else made, into which the guide has been followed line by line. */
const test = base.extend<object, { registry: NpmRegistry; portal: string }>({
  registry: [
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'slipway-pack-'));
      try {
        const registry = await NpmRegistry.start(await packPlugins(folder));
        await use(registry);
        await registry.stop();
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    { scope: 'worker', timeout: 300_000 },
  ],
  portal: [
    async ({ registry }, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'slipway-install-'));
      try {
        const portal = await createStockPortal(folder, registry.url);
        await followGuide(portal);
        await use(portal);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    { scope: 'worker', timeout: 600_000 },
  ],
});

async function followGuide(portal: string): Promise<void> {
  for (const line of codeBlocks('Packages', 'sh')[0].trim().split('\n')) {
    const [command, ...args] = line.split(' ');
    await runCommand(command, args, portal, {
      YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
    });
  }
  const [policy, allowAll, own] = codeBlocks('Permission policy', 'ts');
  const index = join(portal, 'packages/backend/src/index.ts');
  const stock = readFileSync(index, 'utf8');
  expect(stock).toContain(allowAll);
  writeFileSync(
    index,
    stock
      .replace(allowAll, own)
      .replace(
        'backend.start();',
        `${codeBlocks('Backend', 'ts')[0]}backend.start();`,
      ),
  );
  writeFileSync(
    join(portal, 'packages/backend/src/permissionPolicy.ts'),
    policy,
  );
  writeFileSync(
    join(portal, 'app-config.guide.yaml'),
    codeBlocks('Configuration', 'yaml')[0],
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(done => {
    server.listen(0, '127.0.0.1', done);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise(done => {
    server.close(done);
  });
  return port;
}

/** A backend that was started from its sources. */
interface Backend {
  url: string;
  child: ChildProcess;
  log: string;
}

/** Starts the backend and answers when it is ready; the log is a file beside it. */
async function startBackend(portal: string): Promise<Backend> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const log = join(portal, 'backend.log');
  writeFileSync(
    join(portal, 'app-config.test.yaml'),
    JSON.stringify({
      app: { baseUrl: url },
      backend: { baseUrl: url, listen: { host: '127.0.0.1', port } },
    }),
  );
  const configuration = ['app-config', 'app-config.guide', 'app-config.test']
    .map(name => join(portal, `${name}.yaml`))
    .flatMap(file => ['--config', file]);
  const output = openSync(log, 'w');
  const child = spawn(
    process.execPath,
    [
      ...['--require', '@backstage/cli/config/nodeTransform.cjs'],
      'src/index.ts',
      ...configuration,
    ],
    {
      cwd: join(portal, 'packages/backend'),
      env: { ...process.env, NODE_ENV: 'development' },
      stdio: ['ignore', output, output],
    },
  );
  closeSync(output);
  const deadline = Date.now() + READINESS_LIMIT;
  while (child.exitCode === null && Date.now() < deadline) {
    const health = `${url}/.backstage/health/v1/readiness`;
    const response = await fetch(health).catch(() => undefined);
    if (response?.ok) return { url, child, log };
    await delay(200);
  }
  child.kill('SIGKILL');
  const lines = readFileSync(log, 'utf8').split('\n').slice(-30).join('\n');
  throw new Error(`The backend did not become ready:\n${lines}`);
}

test('the backend of a stock portal answers for workspaces, to those who have signed in', async ({
  portal,
}) => {
  const { url, child, log } = await startBackend(portal);
  try {
    const workspaces = `${url}/api/workspaces/workspaces`;
    expect((await fetch(workspaces)).status).toBe(401);

    const session = await fetch(`${url}/api/auth/guest/refresh`, {
      headers: { 'x-requested-with': 'XMLHttpRequest' },
    });
    const { backstageIdentity } = (await session.json()) as {
      backstageIdentity: { token: string };
    };
    const headers = { Authorization: `Bearer ${backstageIdentity.token}` };
    const answer = await fetch(workspaces, { headers });
    expect([answer.status, await answer.json()]).toEqual([200, { items: [] }]);

    const actions = await (
      await fetch(`${url}/api/scaffolder/v2/actions`, { headers })
    ).json();
    expect((actions as { id: string }[]).map(({ id }) => id)).toEqual(
      expect.arrayContaining(['workspace:create']),
    );

    const planned = await fetch(`${url}/api/workspaces/plan`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'ws-first' }),
    });
    expect(planned.status).toBe(200);
    expect(readFileSync(log, 'utf8')).not.toMatch(
      /Plugin '\w+' startup failed/,
    );
  } finally {
    const ended = new Promise(done => child.once('exit', done));
    child.kill('SIGTERM');
    await ended;
  }
});

test('the sources of the portal type-check against the published types', async ({
  portal,
}) => {
  await runCommand(
    'yarn',
    ['tsc', '--noEmit', '--incremental', 'false'],
    portal,
  );
});

test('its app has the pages and tabs without a line written', async ({
  portal,
}) => {
  await runCommand('yarn', ['workspace', 'app', 'build'], portal, {
    NODE_ENV: 'production',
  });
  const folder = join(portal, 'packages/app/dist/static');
  const scripts = readdirSync(folder)
    .filter(name => name.endsWith('.js'))
    .map(name => readFileSync(join(folder, name), 'utf8'));
  // What the plugin says of itself is in the app only when it was discovered.
  expect(scripts.some(script => script.includes('slipway.dev/workspace'))).toBe(
    true,
  );
});
