import { test as base } from '@playwright/test';
import { openEngine, type TestEngine } from './engine';
import { Portal, type PortalOptions } from './portal';

const INSTANCE = 'slipway-suite';

/** One portal for all tests of a worker, on the real engine; whatever is left of it is removed at the end. */
export const test = base.extend<object, { engine: TestEngine; portal: Portal }>(
  {
    engine: [async ({}, use) => use(openEngine(INSTANCE)), { scope: 'worker' }],
    portal: [
      async ({ engine }, use) => usePortal({ engine }, use),
      { scope: 'worker', timeout: 240_000 },
    ],
  },
);

/** Lends out a portal of these options; nothing of it is left on the engine, before and after. */
export async function usePortal(
  options: Omit<PortalOptions, 'directory'>,
  use: (portal: Portal) => Promise<void>,
): Promise<void> {
  await options.engine.removeAll();
  const portal = await Portal.prepare(options);
  try {
    await portal.start();
    await use(portal);
  } finally {
    await portal.remove();
    await options.engine.removeAll();
  }
}

export { expect } from '@playwright/test';
