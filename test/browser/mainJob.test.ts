import type { Page } from '@playwright/test';
import { expect, test } from '../support/fixtures';
import {
  brokenGuestbook,
  guestbookVersion,
  guestbookZip,
} from '../support/guestbook';
import { enter, expectNoViolation, picture } from '../support/pages';

const NAME = 'ws-guestbook';
const APP = 'guestbook';
const ENTITY = `/catalog/default/component/${APP}`;
/** Fetch, build, dependencies, migration and verification, on a busy machine. */
const RUN_LIMIT = 180_000;

function stages(page: Page) {
  return page.getByRole('navigation', { name: 'Stages' });
}

async function openGuestbook(page: Page): Promise<Page> {
  const opened = page.waitForEvent('popup');
  await page
    .getByRole('link', { name: /^[\d.]+:\d+/ })
    .first()
    .click();
  const guestbook = await opened;
  await expect(
    guestbook.getByRole('heading', { name: 'Guestbook' }),
  ).toBeVisible();
  return guestbook;
}

/** Uploads a version from the tab Builds, and is led to its run. */
async function deployUpload(
  page: Page,
  title: string,
  archive: Buffer,
): Promise<void> {
  await page.getByRole('button', { name: 'Deploy again' }).click();
  const dialog = page.getByRole('dialog', { name: /^Deploy/ });
  await dialog.getByRole('radio', { name: 'Another upload' }).check();
  await dialog.locator('input[type=file]').setInputFiles({
    name: 'guestbook.tar.gz',
    mimeType: 'application/gzip',
    buffer: archive,
  });
  await expect(dialog.getByText('guestbook.tar.gz is uploaded')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Title of the run' }).fill(title);
  await expectNoViolation(page, '[role=dialog]');
  await picture(page, 'deploy');
  await dialog.getByRole('button', { name: 'Deploy again' }).click();
  await expect(page.getByRole('heading', { name: title })).toBeVisible();
}

test.describe.serial('the main job, in the browser', () => {
  test('a guest fills in the template around a zip, sees the plan, and watches every stage', async ({
    browser,
    page,
    portal,
  }) => {
    const { baseUrl } = portal;
    await enter(page, baseUrl);
    await page.goto(`${baseUrl}/create/templates/default/new-workspace-app`);
    await page.getByRole('textbox', { name: 'Name' }).fill(APP);
    await page.getByRole('button', { name: 'Next' }).click();

    await page.getByRole('radio', { name: 'Upload' }).check();
    await page.locator('input[type=file]').setInputFiles({
      name: 'guestbook.zip',
      mimeType: 'application/zip',
      buffer: guestbookZip(),
    });
    await expect(page.getByText('guestbook.zip is uploaded')).toBeVisible();
    await expect(page.getByText('3000, as EXPOSE says')).toBeVisible();
    await page.getByRole('textbox', { name: 'Health path' }).fill('/health');
    await expectNoViolation(page, 'form');
    await picture(page, 'source');
    await page.getByRole('button', { name: 'Next' }).click();

    await page.getByRole('checkbox', { name: 'PostgreSQL' }).check();
    await page.getByRole('checkbox', { name: 'redis' }).check();
    await page
      .getByRole('textbox', { name: 'Migration' })
      .fill('node migrate.js');
    await expectNoViolation(page, 'form');
    await page.getByRole('button', { name: 'Next' }).click();

    await expect(page.getByText(`This is what ${NAME} will be`)).toBeVisible();
    await expectNoViolation(page, 'form');
    await picture(page, 'plan');
    await page.getByRole('button', { name: 'Review' }).click();
    await page.getByRole('button', { name: 'Create' }).click();
    await portal.client.untilEntity(APP);

    // Somebody else looks at the same workspace, and touches nothing.
    const other = await (await browser.newContext()).newPage();
    await enter(other, `${baseUrl}${ENTITY}/workspace`);
    await expect(other.getByRole('heading', { name: NAME })).toBeVisible();

    await page.goto(`${baseUrl}${ENTITY}/builds`);
    await page.getByRole('link', { name: /New workspace app/ }).click();
    await stages(page).getByRole('link', { name: /build/ }).click();
    await expect(page.getByRole('log')).toContainText('WORKDIR /app', {
      timeout: RUN_LIMIT,
    });
    await picture(page, 'build');
    await expect(
      stages(page).getByRole('link', { name: /Succeeded verify/ }),
    ).toBeVisible({ timeout: RUN_LIMIT });
    await expectNoViolation(page);
    await expect(other.getByText('1 of 1 replica up').first()).toBeVisible();
    await expect(other.getByText('Healthy').first()).toBeVisible();
    await other.context().close();
  });

  test('the endpoint is opened, and an entry is written', async ({
    page,
    portal,
  }) => {
    await enter(page, `${portal.baseUrl}${ENTITY}/endpoints`);
    await expect(page.getByText('Healthy').first()).toBeVisible();
    await expectNoViolation(page);
    await picture(page, 'endpoints');
    const guestbook = await openGuestbook(page);
    await guestbook.getByLabel('Your name').fill('Ada');
    await guestbook.getByLabel('Your message').fill('Fair winds');
    await guestbook.getByRole('button', { name: 'Sign the guestbook' }).click();
    await expect(
      guestbook.getByRole('list', { name: 'Entries' }),
    ).toContainText('Fair winds');
  });

  test('what is deployed again from the page keeps its address and its entries', async ({
    page,
    portal,
  }) => {
    await enter(page, `${portal.baseUrl}${ENTITY}/workspace`);
    await page.getByRole('button', { name: 'Deploy again' }).first().click();
    const dialog = page.getByRole('dialog', { name: /^Deploy/ });
    await dialog
      .getByRole('textbox', { name: 'Title of the run' })
      .fill('Once more');
    await dialog.getByRole('button', { name: 'Deploy again' }).click();
    await expect(
      page.getByRole('heading', { name: 'Once more' }),
    ).toBeVisible();
    await expect(
      stages(page).getByRole('link', { name: /Succeeded verify/ }),
    ).toBeVisible({ timeout: RUN_LIMIT });
    await page.goto(`${portal.baseUrl}${ENTITY}/endpoints`);
    const guestbook = await openGuestbook(page);
    await expect(
      guestbook.getByRole('list', { name: 'Entries' }),
    ).toContainText('Fair winds');
  });

  test('the tab Workspace shows what runs, and every dialog of it passes axe', async ({
    page,
    portal,
  }) => {
    await enter(page, `${portal.baseUrl}${ENTITY}/workspace`);
    await expect(page.getByRole('heading', { name: NAME })).toBeVisible();
    await expect(page.getByText('PostgreSQL').first()).toBeVisible();
    await expect(page.getByText('1 of 1 replica up').first()).toBeVisible();
    await expectNoViolation(page);
    await picture(page, 'workspace');
    for (const name of [
      'Deploy again',
      'Restart',
      'Scale',
      'Delete workspace',
    ]) {
      await page.getByRole('button', { name }).first().click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await expectNoViolation(page, '[role=dialog]');
      await page
        .getByRole('dialog')
        .getByRole('button', { name: 'Cancel' })
        .click();
      await expect(page.getByRole('dialog')).toBeHidden();
    }
  });

  test('a redeployment serves the new version at the same address, and the entry is still there', async ({
    page,
    portal,
  }) => {
    const { client, baseUrl } = portal;
    await enter(page, `${baseUrl}${ENTITY}/endpoints`);
    await expect(page.getByText(/release 1\b/).first()).toBeVisible();
    const upload = await client.upload(
      await guestbookVersion('2.0.0'),
      'guestbook.tar.gz',
    );
    const { id } = await client.startRun(NAME, {
      reason: 'A new version',
      apps: [{ name: APP, source: { type: 'upload', upload: upload.id } }],
    });
    // Nobody touches the page: it follows.
    await expect(page.getByText(/release 2\b/).first()).toBeVisible({
      timeout: RUN_LIMIT,
    });
    await client.untilFinal(id);
    const guestbook = await openGuestbook(page);
    await expect(guestbook.getByText('Version 2.0.0')).toBeVisible();
    await expect(
      guestbook.getByRole('list', { name: 'Entries' }),
    ).toContainText('Fair winds');
  });

  test('a version with a broken Dockerfile is uploaded, named with its line, and a mended one is deployed', async ({
    page,
    portal,
  }) => {
    const { baseUrl } = portal;
    await enter(page, `${baseUrl}${ENTITY}/builds`);
    await deployUpload(page, 'A broken Dockerfile', await brokenGuestbook());
    await expect(
      stages(page).getByRole('link', { name: /Failed build/ }),
    ).toBeVisible({ timeout: RUN_LIMIT });
    const diagnosis = page.getByRole('region', { name: 'Diagnosis' });
    await expect(diagnosis).toContainText('BUILD_STEP_FAILED');
    await expect(diagnosis).toContainText('line 5');
    await expect(diagnosis).toContainText('this step is broken');
    await expect(
      page.getByRole('button', { name: 'Retry from build' }),
    ).toBeVisible();
    await expectNoViolation(page);
    await picture(page, 'diagnosis');

    await page.goto(`${baseUrl}${ENTITY}/builds`);
    await expect(
      page.getByRole('row').filter({ hasText: 'A broken Dockerfile' }),
    ).toContainText('Failed');
    await deployUpload(page, 'Mended', await guestbookVersion('3.0.0'));
    await expect(
      stages(page).getByRole('link', { name: /Succeeded verify/ }),
    ).toBeVisible({ timeout: RUN_LIMIT });
    await page.goto(`${baseUrl}${ENTITY}/builds`);
    await expect(
      page.getByRole('row').filter({ hasText: 'Mended' }),
    ).toContainText('Succeeded');
    await picture(page, 'builds');
  });

  test('the endpoint is found by the search, with its state of now', async ({
    page,
    portal,
  }) => {
    const { client, baseUrl } = portal;
    const query = `${baseUrl}/api/search/query?term=${NAME}&types[0]=workspaces`;
    await client.until(
      async () =>
        (await (
          await fetch(query, {
            headers: { Authorization: `Bearer ${client.token}` },
          })
        ).json()) as { results?: { document: { kind: string } }[] },
      ({ results }) =>
        Boolean(results?.some(({ document }) => document.kind === 'endpoint')),
      90_000,
      answer => JSON.stringify(answer),
    );
    await enter(page, `${baseUrl}/search?query=${NAME}`);
    const result = page
      .getByRole('listitem')
      .filter({ hasText: `${APP} (${NAME})` });
    await expect(result).toContainText('Healthy');
    await picture(page, 'search');
    await result.getByRole('link', { name: `${APP} (${NAME})` }).click();
    await expect(page).toHaveURL(new RegExp(`${ENTITY}/endpoints$`));
    await expect(
      page.getByRole('heading', { name: 'Endpoints' }),
    ).toBeVisible();
  });

  test('Workspaces and Doctor list what there is', async ({ page, portal }) => {
    await enter(page, `${portal.baseUrl}/workspaces`);
    await expect(page.getByRole('row').filter({ hasText: NAME })).toContainText(
      'release 3',
    );
    await expectNoViolation(page);
    await picture(page, 'workspaces');
    await page.getByRole('link', { name: 'Doctor' }).click();
    await expect(page.getByRole('button', { name: 'Run again' })).toBeEnabled();
    await expectNoViolation(page);
    await picture(page, 'doctor');
  });

  test('what belongs to somebody else cannot be seen or changed', async ({
    page,
    portal,
  }) => {
    await enter(page, `${portal.baseUrl}${ENTITY}/workspace`);
    await expect(page.getByRole('heading', { name: NAME })).toBeVisible();
    const giveBack = portal.giveWorkspaceTo(NAME, 'user:default/somebody-else');
    try {
      await page.reload();
      await expect(
        page.getByText(`Could not find the workspace ${NAME}`),
      ).toBeVisible();
      await expect(page.getByText(/belongs to somebody else/)).toBeVisible();
      await expect(
        page.getByRole('button', { name: 'Delete workspace' }),
      ).toBeHidden();
      await expectNoViolation(page);
      await page.goto(`${portal.baseUrl}/workspaces`);
      await expect(
        page.getByText('There is no workspace that you may see'),
      ).toBeVisible();
    } finally {
      giveBack();
    }
  });

  test('the workspace is deleted by typing its name, and nothing is left of it', async ({
    page,
    portal,
    engine,
  }) => {
    const { client, baseUrl } = portal;
    const { id } = await client.workspace(NAME);
    await enter(page, `${baseUrl}${ENTITY}/workspace`);
    await page.getByRole('button', { name: 'Delete workspace' }).click();
    const dialog = page.getByRole('dialog', { name: `Delete ${NAME}` });
    const confirm = dialog.getByRole('button', { name: `Delete ${NAME}` });
    await expect(confirm).toBeDisabled();
    await dialog
      .getByRole('textbox', { name: `Type ${NAME} to confirm` })
      .fill(NAME.slice(0, -1));
    await expect(confirm).toBeDisabled();
    await dialog.getByRole('textbox').fill(NAME);
    await picture(page, 'delete');
    await confirm.click();
    await client.until(
      () => client.workspace(id),
      ({ receipt }) => receipt !== undefined,
      RUN_LIMIT,
      workspace => JSON.stringify(workspace),
    );
    expect(await engine.inventory(NAME)).toEqual([]);
    await page.goto(`${baseUrl}/workspaces`);
    await expect(
      page.getByText('There is no workspace that you may see'),
    ).toBeVisible();
  });
});
