import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { type Page, expect } from '@playwright/test';

const images = resolve(__dirname, '../../docs/images');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];

/** Opens a page of the portal and signs in as guest where it asks for it. An error of the page fails the test. */
export async function enter(page: Page, address: string): Promise<void> {
  page.on('pageerror', error => {
    throw error;
  });
  await page.goto(address);
  const signIn = page.getByRole('button', { name: 'Enter' });
  await signIn.click();
  await expect(signIn).toBeHidden(); // who leaves the page before is asked again
}

/** Waits until nothing fades in or out any more: half of a colour has half of its contrast. */
async function settle(page: Page): Promise<void> {
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter(
          ({ effect }) => effect?.getComputedTiming().endTime !== Infinity,
        )
        .map(({ finished }) => finished),
    ),
  );
}

/** Nothing that axe finds, on the whole page or below `within`. */
export async function expectNoViolation(
  page: Page,
  within?: string,
): Promise<void> {
  await settle(page);
  const builder = new AxeBuilder({ page }).withTags(rules);
  const { violations } = await (within
    ? builder.include(within)
    : builder
  ).analyze();
  expect(
    violations.map(({ id, nodes }) => [id, nodes.map(node => node.html)]),
  ).toEqual([]);
}

/** Writes docs/images/<name>.png, where SLIPWAY_SCREENSHOTS asks for new pictures of the pages. */
export async function picture(page: Page, name: string): Promise<void> {
  if (!process.env.SLIPWAY_SCREENSHOTS) return;
  await page.setViewportSize({ width: 1280, height: 800 });
  await hideMachine(page);
  await page.screenshot({
    path: join(images, `${name}.png`),
    animations: 'disabled',
  });
}

/** Puts a common folder in the place of those of this machine, in what the page shows. */
async function hideMachine(page: Page): Promise<void> {
  await page.evaluate(
    folders => {
      const texts = document.createTreeWalker(
        document.body,
        NodeFilter.SHOW_TEXT,
      );
      while (texts.nextNode()) {
        const before = texts.currentNode.nodeValue ?? '';
        const after = folders.reduce(
          (text, folder) => text.replaceAll(folder, '/var/lib'),
          before,
        );
        // A style sheet whose text is set loses the rules that were added to it.
        if (after !== before) texts.currentNode.nodeValue = after;
      }
    },
    [join(homedir(), '.local/share'), homedir(), tmpdir()],
  );
}
