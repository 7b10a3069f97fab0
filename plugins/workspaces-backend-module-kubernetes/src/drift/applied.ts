import type { ClusterObject } from '../client';

/** What the portal has applied of an object, as JSON: only so can a value be told from what it was to be. */
const APPLIED = 'slipway.dev/applied';

/** The object with a note of what it is to be. Nothing secret may be in it. */
export function noted<T extends ClusterObject>(object: T): T {
  const { apiVersion: _, kind: __, metadata, ...content } = object;
  const applied = { metadata: { labels: metadata.labels }, ...content };
  return {
    ...object,
    metadata: {
      ...metadata,
      annotations: {
        ...metadata.annotations,
        [APPLIED]: JSON.stringify(applied),
      },
    },
  };
}

/** What the portal has applied; `undefined` where it is not known. */
export function appliedOf(object: ClusterObject): object | undefined {
  const text = object.metadata.annotations?.[APPLIED];
  try {
    return text === undefined ? undefined : (JSON.parse(text) as object);
  } catch {
    return undefined; // somebody wrote into it
  }
}
