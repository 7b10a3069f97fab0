import type { Page } from '@playwright/test';
import { fixtureApp, folderArchive } from '../support/archive';
import { expect, test } from '../support/fixtures';
import { enter, expectNoViolation } from '../support/pages';

const NAME = 'ws-stock';
const APP = 'stock';
const ENTITY = `/catalog/default/component/${APP}`;
const STREAM = /\/api\/workspaces\/stream\?/;
/** Two heartbeats of the stream, and the time to notice. */
const STALE_LIMIT = 60_000;

interface PageOfOurs {
  name: string;
  path: string;
  /** The request that the page cannot do without. */
  request: RegExp;
  /** What it says of itself while it waits. */
  loading: string;
  /** What it was to show, as its failures name it. */
  what: string;
  /** Sees that it is there. */
  ready: (page: Page) => Promise<void>;
}

const pages: PageOfOurs[] = [
  {
    name: 'Workspace',
    path: `${ENTITY}/workspace`,
    request: new RegExp(`/api/workspaces/workspaces/${NAME}$`),
    loading: `Loading the workspace ${NAME}`,
    what: `the workspace ${NAME}`,
    ready: page =>
      expect(page.getByRole('heading', { name: NAME })).toBeVisible(),
  },
  {
    name: 'Builds',
    path: `${ENTITY}/builds`,
    request: /\/api\/workspaces\/runs\?/,
    loading: 'Loading the runs',
    what: `the runs of ${APP}`,
    ready: page =>
      expect(
        page.getByRole('table', { name: 'Runs, newest first' }),
      ).toBeVisible(),
  },
  {
    name: 'Endpoints',
    path: `${ENTITY}/endpoints`,
    request: /\/api\/workspaces\/endpoints\?/,
    loading: 'Loading the endpoints',
    what: `the endpoints of ${APP}`,
    ready: page =>
      expect(page.getByRole('table', { name: /^Addresses/ })).toBeVisible(),
  },
  {
    name: 'Workspaces',
    path: '/workspaces',
    request: /\/api\/workspaces\/workspaces\?/,
    loading: 'Loading the workspaces',
    what: 'the workspaces',
    ready: page =>
      expect(page.getByRole('table', { name: /^Workspaces/ })).toBeVisible(),
  },
  {
    name: 'Doctor',
    path: '/doctor',
    request: /\/api\/workspaces\/checks/,
    loading: 'Checking',
    what: 'the checks of this portal',
    ready: page =>
      expect(page.getByRole('button', { name: 'Run again' })).toBeEnabled(),
  },
];

/** An answer as the backend's error middleware words it. */
function failure(status: number, name: string, message: string) {
  return {
    status,
    json: {
      error: { name, message },
      request: { method: 'GET', url: '/' },
      response: { statusCode: status },
    },
  };
}

test.describe.serial('the pages in every state', () => {
  test('say that nothing is there yet, and what brings it', async ({
    page,
    portal,
  }) => {
    const { client, baseUrl } = portal;
    await enter(page, `${baseUrl}/workspaces`);
    await expect(
      page.getByText('There is no workspace that you may see'),
    ).toBeVisible();
    await expect(page.getByText(/make one from the template/)).toBeVisible();
    await expectNoViolation(page);

    const upload = await client.upload(
      await folderArchive(fixtureApp('shop')),
      'shop.tar.gz',
    );
    await client.createWorkspace({
      name: NAME,
      apps: [
        {
          name: APP,
          source: { type: 'upload', upload: upload.id },
          build: { dockerfile: 'stock/Dockerfile' },
          healthPath: '/stock',
        },
      ],
    });
    await client.untilEntity(APP);
    await page.goto(`${baseUrl}${ENTITY}/builds`);
    await expect(page.getByText(`${APP} has not been built yet`)).toBeVisible();
    await expectNoViolation(page);
    await page.goto(`${baseUrl}${ENTITY}/endpoints`);
    await expect(page.getByText(`${APP} has no endpoint yet`)).toBeVisible();
    await expectNoViolation(page);
    await page.goto(`${baseUrl}${ENTITY}/workspace`);
    await expect(page.getByText('no run yet')).toBeVisible();
    await expect(page.getByText('not deployed yet')).toBeVisible();
    await expectNoViolation(page);

    // Installations without an engine and without checks of the portal cannot be made here.
    await page.route(/\/api\/workspaces\/checks/, route =>
      route.fulfill({ json: { items: [] } }),
    );
    await page.goto(`${baseUrl}/doctor`);
    await expect(
      page.getByRole('heading', { name: 'Nothing was checked' }),
    ).toBeVisible();
    await expectNoViolation(page);
  });

  test('show what there is, and axe finds nothing', async ({
    page,
    portal,
  }) => {
    const { client, baseUrl } = portal;
    const run = await client.untilFinal(
      (
        await client.startRun(NAME, { reason: 'First deploy' })
      ).id,
    );
    expect(run.state, JSON.stringify(run.diagnosis)).toBe('succeeded');
    await enter(page, `${baseUrl}${pages[0].path}`);
    for (const { path, ready } of pages) {
      await page.goto(`${baseUrl}${path}`);
      await ready(page);
      await expectNoViolation(page);
    }
  });

  test('can be read on a narrow screen in the dark', async ({
    page,
    portal,
  }) => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 400, height: 900 });
    await enter(page, `${portal.baseUrl}${pages[0].path}`);
    for (const { path, ready } of pages) {
      await page.goto(`${portal.baseUrl}${path}`);
      await ready(page);
      const overflow = await page.evaluate(
        () =>
          document.documentElement.scrollWidth -
          document.documentElement.clientWidth,
      );
      expect(overflow, path).toBe(0);
      await expectNoViolation(page);
    }
  });

  for (const { name, path, request, loading, what, ready } of pages) {
    test(`${name} says that it loads, fails or may not be seen, and is there when that is over`, async ({
      page,
      portal,
    }) => {
      // What the stream tells first would be shown without the answer.
      const concerned = ({ href }: URL) =>
        request.test(href) || STREAM.test(href);

      // As a slow database answers.
      let answer = () => {};
      const held = new Promise<void>(done => {
        answer = done;
      });
      await page.route(concerned, async route => {
        await held;
        await route.continue();
      });
      await enter(page, `${portal.baseUrl}${path}`);
      await expect(page.getByRole('status', { name: loading })).toBeVisible();
      await expectNoViolation(page);
      answer();
      await ready(page);

      // As the backend answers when its database is away.
      await page.unrouteAll({ behavior: 'wait' });
      const streams = ({ href }: URL) => STREAM.test(href);
      const asks = (url: URL) => concerned(url) && !streams(url);
      for (const each of [streams, asks])
        await page.route(each, route =>
          route.fulfill(failure(500, 'Error', 'The database does not answer')),
        );
      await page.reload();
      await expect(
        page.getByText(`Could not load ${what}`).first(),
      ).toBeVisible();
      await expect(
        page.getByText('The database does not answer').first(),
      ).toBeVisible();
      await expectNoViolation(page);
      await page.unroute(asks); // with the stream it would be there before anybody asks
      await page.getByRole('button', { name: 'Try again' }).click();
      await ready(page);
      await page.unrouteAll({ behavior: 'wait' });

      // As a policy that denies is answered.
      await page.route(concerned, route =>
        route.fulfill(
          failure(
            403,
            'NotAllowedError',
            'Unauthorized: workspaces.workspace.read',
          ),
        ),
      );
      await page.reload();
      await expect(page.getByText(`You may not see ${what}`)).toBeVisible();
      await expect(page.getByText(/keeps the permission policy/)).toBeVisible();
      await expectNoViolation(page);
    });
  }

  test('say that they are stale while the portal hangs, and that they are live again', async ({
    context,
    page,
    portal,
  }) => {
    const { baseUrl } = portal;
    await enter(page, `${baseUrl}${pages[0].path}`);
    const live = pages.filter(({ path }) => path.startsWith(ENTITY));
    const tabs = [page];
    for (const { path } of live.slice(1)) {
      const tab = await context.newPage();
      await tab.goto(`${baseUrl}${path}`);
      tabs.push(tab);
    }
    for (const tab of tabs)
      await expect(tab.getByText('Live', { exact: true })).toBeVisible();
    process.kill(portal.pid, 'SIGSTOP');
    try {
      for (const tab of tabs)
        await expect(
          tab.getByRole('status').filter({ hasText: 'Stale' }),
        ).toBeVisible({ timeout: STALE_LIMIT });
    } finally {
      process.kill(portal.pid, 'SIGCONT');
    }
    for (const tab of tabs)
      await expect(tab.getByText('Live', { exact: true })).toBeVisible({
        timeout: STALE_LIMIT,
      });
  });

  test('Doctor says that its checks are old, and makes new ones', async ({
    page,
    portal,
  }) => {
    // Nobody waits for five minutes: the portal's own answer, made older.
    await page.route(/\/api\/workspaces\/checks/, async route => {
      const response = await route.fetch();
      const { items } = (await response.json()) as { items: { at: string }[] };
      const old = new Date(Date.now() - 6 * 60_000).toISOString();
      await route.fulfill({
        response,
        json: { items: items.map(check => ({ ...check, at: old })) },
      });
    });
    await enter(page, `${portal.baseUrl}/doctor`);
    const stale = page.getByRole('status').filter({ hasText: 'Stale' });
    await expect(stale).toBeVisible();
    await page.unrouteAll({ behavior: 'wait' });
    await page.getByRole('button', { name: 'Run again' }).click();
    await expect(stale).toBeHidden();
  });

  test('tell whoever looks that the workspace was deleted, and nothing is left of it', async ({
    page,
    portal,
    engine,
  }) => {
    const { client, baseUrl } = portal;
    await enter(page, `${baseUrl}${ENTITY}/builds`);
    await pages[1].ready(page);
    const { id } = await client.deleteWorkspace(NAME);
    await expect(
      page.getByText(`The workspace ${NAME} was deleted`),
    ).toBeVisible();
    await client.untilFinal(id);
    expect(await engine.inventory(NAME)).toEqual([]);
  });
});
