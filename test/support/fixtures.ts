import { test as base } from '@playwright/test';
import type Docker from 'dockerode';
import { connectEngine, removeAll } from './engine';
import { Portal } from './portal';

const INSTANCE = 'slipway-suite';

/** One portal for all tests of a worker, on the real engine; whatever is left of it is removed at the end. */
export const test = base.extend<object, { docker: Docker; portal: Portal; instance: string }>({
  instance: [async ({}, use) => use(INSTANCE), { scope: 'worker' }],
  docker: [async ({}, use) => use(connectEngine()), { scope: 'worker' }],
  portal: [
    async ({ docker, instance }, use) => {
      await removeAll(docker, instance);
      const portal = await Portal.prepare({ instance });
      await portal.start();
      await use(portal);
      await portal.remove();
      await removeAll(docker, instance);
    },
    { scope: 'worker', timeout: 240_000 },
  ],
});

export { expect } from '@playwright/test';
