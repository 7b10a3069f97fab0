import { parseEntityRef } from '@backstage/catalog-model';
import type { Run } from '@slipway/backstage-plugin-workspaces-common';

/** Path in the portal of the page of a run, on the entity of one of its apps. */
export function runPath(run: Pick<Run, 'number'>, entityRef: string): string {
  const { kind, namespace, name } = parseEntityRef(entityRef);
  return `/catalog/${namespace}/${kind}/${name}/builds/${run.number}`;
}
