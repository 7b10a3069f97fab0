import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY = 20;

/** Looks again and again until there is something to see; fails after so many milliseconds, and says what it waited for. */
export async function until<T>(
  what: string,
  look: () => Promise<T | false | undefined>,
  within = 10_000,
): Promise<T> {
  const end = performance.now() + within;
  for (;;) {
    const seen = await look();
    if (seen !== false && seen !== undefined) return seen;
    if (performance.now() > end)
      throw new Error(`Waited ${within} ms in vain until ${what}`);
    await sleep(LOOK_EVERY);
  }
}
