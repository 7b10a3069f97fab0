import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base } from '@playwright/test';
import {
  type Check,
  workspaceDeployPermission,
} from '@slipway/backstage-plugin-workspaces-common';
import { PortalClient } from '../support/client';
import { runCommand } from '../support/command';
import { followGuide, guideConfiguration } from '../support/installationGuide';
import { packPlugins } from '../support/packedPlugins';
import { enter } from '../support/pages';
import { StockPortal } from '../support/stockPortal';

const WORKSPACE = 'ws-first';
const APP = 'first';
const NO_ENGINE = 'no-engine.sock';

/** What the portal is told beside the guide, to be quick and the same on every machine. */
const configuration = {
  workspaces: { local: { dockerHost: `unix:///nowhere/${NO_ENGINE}` } },
  search: {
    collators: {
      workspaces: {
        schedule: {
          frequency: { seconds: 5 },
          timeout: { minutes: 1 },
          initialDelay: { seconds: 1 },
        },
      },
    },
  },
};

/** A portal that somebody else made, into which the guide has been followed; and what answers when it runs. */
const test = base.extend<object, { portal: StockPortal; client: PortalClient }>(
  {
    portal: [
      async ({}, use) => {
        const folder = mkdtempSync(join(tmpdir(), 'slipway-install-'));
        try {
          const portal = await StockPortal.create(join(folder, 'portal'));
          const packed = packPlugins(join(folder, 'packed'));
          const installed = portal.install();
          // Both end before the folder is removed, whatever becomes of the other.
          await Promise.allSettled([packed, installed]);
          await installed;
          portal.offer(await packed);
          await followGuide(portal);
          await use(portal);
        } finally {
          // Two hundred thousand files: this takes seconds, rmSync takes minutes.
          await runCommand('rm', ['-rf', folder], tmpdir());
        }
      },
      { scope: 'worker', timeout: 900_000 },
    ],
    client: [
      async ({ portal }, use) => {
        await portal.yarn('workspace', 'app', 'build');
        const { backend, baseUrl } = await portal.start(
          [guideConfiguration],
          configuration,
        );
        try {
          const client = new PortalClient(baseUrl);
          await client.signIn();
          await use(client);
        } finally {
          await backend.end('SIGTERM');
        }
      },
      { scope: 'worker', timeout: 600_000 },
    ],
  },
);

/** What a part of the portal answers to the guest, by its path below /api. */
async function ask(
  { baseUrl, token }: PortalClient,
  path: string,
  body?: unknown,
) {
  const response = await fetch(`${baseUrl}/api/${path}`, {
    method: body ? 'POST' : 'GET',
    headers: {
      Authorization: `Bearer ${token}`,
      Accept: 'application/json, text/event-stream',
      'Content-Type': 'application/json',
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return text;
}

/** What the policy answers when the guest wants to deploy. */
async function decision(
  client: PortalClient,
  workspace: string,
): Promise<string> {
  const answer = await ask(client, 'permission/authorize', {
    items: [
      {
        id: 'deploy',
        permission: workspaceDeployPermission,
        resourceRef: workspace,
      },
    ],
  });
  return JSON.parse(answer).items[0].result;
}

test.describe.serial('a portal where the guide was followed', () => {
  test('answers to who has signed in, and its checks name the engine and the storage', async ({
    client,
  }) => {
    const anonymous = await fetch(
      `${client.baseUrl}/api/workspaces/workspaces`,
    );
    expect(anonymous.status).toBe(401);

    const { items } = await client.request<{ items: Check[] }>(
      'GET',
      '/checks',
    );
    expect(items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          id: 'portal.engines',
          state: 'passed',
          message: 'Installed: local',
        }),
        expect.objectContaining({
          id: 'portal.storage',
          state: 'passed',
          message: expect.stringContaining('packages/backend/storage'),
        }),
        expect.objectContaining({
          id: 'local-engine-reachable',
          state: 'failed',
          message: expect.stringContaining(NO_ENGINE),
        }),
      ]),
    );
  });

  test('has the apps of a workspace in its catalog and in its search, and lets their owners deploy', async ({
    client,
  }) => {
    const { id } = await client.createWorkspace({
      name: WORKSPACE,
      apps: [
        {
          name: APP,
          source: { type: 'git', url: 'https://git.example.com/first.git' },
          port: 3000,
        },
      ],
    });
    expect(await decision(client, id)).toBe('ALLOW');
    expect(await decision(client, 'that-of-nobody')).toBe('DENY');

    await client.untilEntity(APP);
    await client.until(
      // An error until the index has been made for the first time.
      () =>
        ask(client, `search/query?term=${APP}&types[0]=workspaces`).catch(
          error => `${error}`,
        ),
      answer => new RegExp(`"title":\\s*"${WORKSPACE}"`).test(answer),
      60_000,
      answer => `the search answers ${answer}`,
    );
  });

  test('has the pages in its menu, without a line written', async ({
    client,
    page,
  }) => {
    await enter(page, client.baseUrl);
    await page.getByRole('link', { name: 'Doctor' }).click();
    await expect(page.getByText('Container engine answers')).toBeVisible();
    await page.getByRole('link', { name: 'Workspaces', exact: true }).click();
    await expect(
      page.getByText(WORKSPACE, { exact: true }).first(),
    ).toBeVisible();
  });

  test('type-checks against the types of the packages', async ({ portal }) => {
    await portal.yarn('tsc', '--noEmit', '--incremental', 'false');
  });

  test('offers its actions to templates and to agents', async ({ client }) => {
    const actions = await ask(client, 'scaffolder/v2/actions');
    expect(JSON.parse(actions).map(({ id }: { id: string }) => id)).toEqual(
      expect.arrayContaining([
        'workspace:create',
        'workspace:deploy',
        'workspace:delete',
      ]),
    );
    const tools = await ask(client, 'mcp-actions/v1', {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/list',
    });
    expect(tools).toContain('plan-workspace');
  });
});
