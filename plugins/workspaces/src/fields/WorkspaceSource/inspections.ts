import type {
  SourceInspection,
  SourceToInspect,
} from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspacesApi } from '../../api';

/** More than a person goes back and forth between. */
const MOST_KEPT = 10;

/** One look at a source. */
export interface Inspection {
  answer: Promise<SourceInspection>;
  /** Ends the look; nothing happens where it has ended. */
  stop(): void;
}

const looks = new WeakMap<WorkspacesApi, Map<string, Inspection>>();

/**
 * Looks at a source, once: what the field shows is what its validation judges, and going back
 * to a page fetches nothing again. A look that failed is not kept.
 */
export function inspect(
  api: WorkspacesApi,
  request: SourceToInspect,
): Inspection {
  const kept = looks.get(api) ?? new Map<string, Inspection>();
  looks.set(api, kept);
  const key = keyOf(request);
  const before = kept.get(key);
  if (before) return before;

  const stop = new AbortController();
  const answer = api.inspectSource(request, { signal: stop.signal });
  const inspection = { answer, stop: () => stop.abort() };
  kept.set(key, inspection);
  answer.catch(() => {
    if (kept.get(key) === inspection) kept.delete(key);
  });
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT) kept.delete(oldest);
  return inspection;
}

/** The next look at the source is a new one. */
export function forget(api: WorkspacesApi, request: SourceToInspect): void {
  looks.get(api)?.delete(keyOf(request));
}

/** Tells sources apart. */
export function keyOf(request: SourceToInspect): string {
  return JSON.stringify(request);
}
