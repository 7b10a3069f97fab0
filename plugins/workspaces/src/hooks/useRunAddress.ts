import { useRouteRef } from '@backstage/frontend-plugin-api';
import { useMemo } from 'react';
import { buildsRouteRef } from '../routes';

/**
 * Where a run of this entity is shown, by its number or its id. Undefined where this portal has no
 * tab Builds.
 */
export function useRunAddress():
  | ((run: number | string) => string)
  | undefined {
  const builds = useRouteRef(buildsRouteRef);
  return useMemo(() => builds && (run => `${builds()}/${run}`), [builds]);
}
