import { defineConfig } from '@playwright/test';
import { testCluster } from './support/engine/testCluster';

/** Debian's Chromium; nothing is downloaded. */
const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Apps in the test cluster answer at its node's address, as its registry does. */
const node = testCluster()?.registry.address.split(':')[0] ?? 'localhost';

const chromium = {
  executablePath,
  args: [
    '--no-sandbox',
    '--disable-dev-shm-usage',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-domain-reliability',
    '--disable-sync',
    '--no-first-run',
    // Nothing outside this machine is looked up.
    `--host-resolver-rules=${[
      'MAP * ~NOTFOUND',
      ...['localhost', '127.0.0.1', node].map(host => `EXCLUDE ${host}`),
    ].join(' , ')}`,
  ],
};

export default defineConfig({
  timeout: 300_000,
  expect: { timeout: 40_000 },
  workers: 1,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  outputDir: 'results/artifacts',
  reporter: [
    ['list'],
    [
      'json',
      { outputFile: process.env.SLIPWAY_REPORT ?? 'results/report.json' },
    ],
  ],
  // Only what asks for a page starts the browser.
  use: {
    screenshot: 'only-on-failure',
    actionTimeout: 40_000,
    launchOptions: chromium,
  },
  projects: ['api', 'crash', 'browser', 'install', 'faults'].map(name => ({
    name,
    testDir: name,
    // One fault of each family unless all are asked for.
    grepInvert: process.env.SLIPWAY_ALL ? undefined : /@all/,
  })),
});
