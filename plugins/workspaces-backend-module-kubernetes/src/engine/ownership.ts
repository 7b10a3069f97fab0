import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import type { ClusterObject } from '../client';
import { appliedOf } from '../drift/applied';

/**
 * Throws where what is there under the name of an object belongs to somebody else: to apply the object would take it
 * from them. One that has lost its labels is known by what the portal has noted on it. For a minute after it made a
 * namespace the portal does not look there for what it did not make.
 */
export function requireOwn(
  found: ClusterObject | undefined,
  wanted: ClusterObject,
): void {
  if (!found) return;
  const owner = (object: ClusterObject) => [
    object.metadata.labels?.[labels.instance],
    object.metadata.labels?.[labels.workspace],
  ];
  const [instance] = owner(found);
  const isOwn =
    instance === undefined
      ? appliedOf(found) !== undefined
      : String(owner(found)) === String(owner(wanted));
  if (!isOwn) throw foreign(wanted);
}

/** That there is an object of that name, which the portal leaves alone. */
export function foreign({ kind, metadata }: ClusterObject): EngineError {
  const { name = '', namespace } = metadata;
  const where = namespace ? ` in ${namespace}` : '';
  const text = `The ${kind} ${name} is there already${where}, and is not of this portal`;
  return failure(text, [evidenceOf('state', name, text)]);
}
