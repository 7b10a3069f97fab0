import { defineConfig } from '@playwright/test';
import { chromiumOptions } from './support/chromium';

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
    launchOptions: chromiumOptions,
  },
  projects: ['api', 'crash', 'browser', 'install', 'faults'].map(name => ({
    name,
    testDir: name,
    // One fault of each family unless all are asked for.
    grepInvert: process.env.SLIPWAY_ALL ? undefined : /@all/,
  })),
});
