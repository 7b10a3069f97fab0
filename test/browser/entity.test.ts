import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../support/fixtures';
import { brokenGuestbook, guestbookVersion, guestbookWorkspace } from '../support/guestbook';

const NAME = 'ws-guestbook';
const APP = 'guestbook';

async function openEntity(page: Page, baseUrl: string, tab: 'builds' | 'endpoints'): Promise<void> {
  await page.goto(`${baseUrl}/catalog/default/component/${APP}/${tab}`);
  await page.getByRole('button', { name: 'Enter' }).click();
}

async function expectNoViolation(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(node => node.html)])).toEqual([]);
}

test.describe.serial('the entity page of an app', () => {
  test.beforeEach(async ({ page }) => {
    page.on('pageerror', error => {
      throw error;
    });
  });

  test('shows the stages of a run and its log as they happen, and then the address', async ({ page, portal }) => {
    const { client, baseUrl } = portal;
    const upload = await client.upload(await guestbookVersion('1.0.0'), 'guestbook.tar.gz');
    await client.createWorkspace(guestbookWorkspace(NAME, upload.id));
    // The Component is there before the first stage runs.
    await client.until(
      async () => (await fetch(`${baseUrl}/api/catalog/entities/by-name/component/default/${APP}`, { headers: { Authorization: `Bearer ${client.token}` } })).status,
      status => status === 200,
      60_000,
      status => `the catalog answers ${status}`,
    );
    await openEntity(page, baseUrl, 'builds');
    await expect(page.getByRole('heading', { name: 'Builds' })).toBeVisible();

    const { id } = await client.startRun(NAME, { reason: 'First deploy' });
    await page.getByRole('link', { name: 'First deploy' }).click();
    const stages = page.getByRole('navigation', { name: 'Stages' });
    await expect(stages.getByRole('link', { name: /build/ })).toBeVisible();
    await stages.getByRole('link', { name: /build/ }).click();
    await expect(page.getByRole('log')).toContainText('FROM', { timeout: 60_000 });
    await client.untilFinal(id);
    await expect(stages.getByRole('link', { name: /Succeeded verify/ })).toBeVisible();
    await expectNoViolation(page);

    await page.getByRole('navigation', { name: 'Content navigation' }).getByRole('link', { name: 'Endpoints' }).click();
    const { url } = await client.endpoint(NAME, APP);
    const address = page.getByRole('link', { name: new URL(url!).host });
    await expect(address).toHaveAttribute('href', new RegExp(`^${url}`));
    await expect(page.getByText('Healthy')).toBeVisible();
    await expectNoViolation(page);
    const opened = page.waitForEvent('popup');
    await address.click();
    await expect((await opened).getByRole('heading', { name: 'Guestbook' })).toBeVisible();
  });

  test('names the cause of a failed build with its evidence, and offers the retry', async ({ page, portal }) => {
    const { client, baseUrl } = portal;
    const upload = await client.upload(await brokenGuestbook(), 'guestbook.tar.gz');
    const { id } = await client.startRun(NAME, {
      reason: 'A broken Dockerfile',
      apps: [{ name: APP, source: { type: 'upload', upload: upload.id } }],
    });
    await client.untilFinal(id);
    await openEntity(page, baseUrl, 'builds');
    const row = page.getByRole('row').filter({ hasText: 'A broken Dockerfile' });
    await expect(row).toContainText('Failed');
    await page.getByRole('link', { name: 'A broken Dockerfile' }).click();
    await expect(page.getByText('BUILD_STEP_FAILED')).toBeVisible();
    await expect(page.getByText(/this step is broken/).first()).toBeVisible();
    await expect(page.getByRole('button', { name: 'Retry from build' })).toBeVisible();
    await expectNoViolation(page);
  });

  test('can be read on a narrow screen in the dark, and says that a workspace of another name is not there', async ({ page, portal }) => {
    const { client, baseUrl } = portal;
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 400, height: 900 });
    await openEntity(page, baseUrl, 'builds');
    await expect(page.getByRole('link', { name: 'A broken Dockerfile' })).toBeVisible();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(overflow).toBe(0);
    await expectNoViolation(page);
    await client.untilFinal((await client.deleteWorkspace(NAME)).id);
  });
});
