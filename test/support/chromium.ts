import { testCluster } from './engine/testCluster';

/** Apps in the test cluster answer at its node's address, as its registry does. */
const node = testCluster()?.registry.address.split(':')[0] ?? 'localhost';

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
      ...['localhost', '127.0.0.1', node].map(host => `EXCLUDE ${host}`),
    ].join(' , ')}`,
  ],
};
