import { test as base } from '@playwright/test';
import type Docker from 'dockerode';
import { connectEngine, removeAll } from './engine';
import { Portal, type PortalOptions } from './portal';

const INSTANCE = 'slipway-suite';

/** One portal for all tests of a worker, on the real engine; whatever is left of it is removed at the end. */
export const test = base.extend<
  object,
  { docker: Docker; portal: Portal; instance: string }
>({
  instance: [async ({}, use) => use(INSTANCE), { scope: 'worker' }],
  docker: [async ({}, use) => use(connectEngine()), { scope: 'worker' }],
  portal: [
    async ({ docker, instance }, use) => usePortal(docker, { instance }, use),
    { scope: 'worker', timeout: 240_000 },
  ],
});

/** Lends out a portal of these options; nothing of it is left on the engine, before and after. */
export async function usePortal(
  docker: Docker,
  options: Omit<PortalOptions, 'directory'>,
  use: (portal: Portal) => Promise<void>,
): Promise<void> {
  await removeAll(docker, options.instance);
  const portal = await Portal.prepare(options);
  try {
    await portal.start();
    await use(portal);
  } finally {
    await portal.remove();
    await removeAll(docker, options.instance);
  }
}

export { expect } from '@playwright/test';
