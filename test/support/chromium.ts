import { testCluster } from './engine/testCluster';

/** Apps in the test cluster answer at the addresses of its nodes. */
const nodes = testCluster()?.nodeAddresses ?? [];

/** How browsers are launched: Debian's Chromium, for which nothing is downloaded. */
export const chromiumOptions = {
  executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
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
      ...['localhost', '127.0.0.1', ...nodes].map(host => `EXCLUDE ${host}`),
    ].join(' , ')}`,
  ],
};
