import { defineConfig } from '@playwright/test';

/** Debian's Chromium; nothing is downloaded. */
const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

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
    '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1',
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
