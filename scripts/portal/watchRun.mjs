// Follows a run: its state each time that something has happened to it.
import { setTimeout as delay } from 'node:timers/promises';
import { PortalAnswer } from './client.mjs';

/** A run is read again after this time even if no event has come. */
const floor = 15_000;
const reconnectAfter = 1_000;

const ended = new Set(['succeeded', 'failed', 'cancelled']);

/** Whether a run, or a stage of it, has come to its end. */
export function hasEnded({ state }) {
  return ended.has(state) || state === 'skipped';
}

/** Listens to the run's events until `signal`; calls `onEvent` for each. */
async function listen(client, runId, { signal, onEvent }) {
  let lastEventId;
  while (!signal.aborted) {
    try {
      const events = client.events(`run:${runId}`, { lastEventId, signal });
      for await (const event of events) {
        lastEventId = event.id ?? lastEventId;
        onEvent();
      }
    } catch (error) {
      if (error instanceof PortalAnswer) {
        return; // it will not get better; the floor is left
      }
    }
    await delay(reconnectAfter, undefined, { signal }).catch(() => {});
  }
}

/** Yields the run until and including the state in which it has ended. */
export async function* watchRun(client, runId, signal) {
  const stop = new AbortController();
  const forward = () => stop.abort();
  signal.addEventListener('abort', forward, { once: true });
  let wake = () => {};
  let happened = false;
  listen(client, runId, {
    signal: stop.signal,
    onEvent: () => {
      happened = true;
      wake();
    },
  });
  try {
    for (;;) {
      happened = false;
      const run = await client.call('GET', `/runs/${runId}`, { signal });
      yield run;
      if (hasEnded(run)) {
        return;
      }
      if (!happened) {
        await new Promise(resolve => {
          const timer = setTimeout(resolve, floor);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      signal.throwIfAborted();
    }
  } finally {
    signal.removeEventListener('abort', forward);
    stop.abort();
  }
}
