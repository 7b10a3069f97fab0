import { useRouteRef } from '@backstage/core-plugin-api';
import {
  entityRouteParams,
  entityRouteRef,
} from '@backstage/plugin-catalog-react';
import { useCallback } from 'react';

/**
 * Where a tab of an app's entity is shown, by its entity ref: `workspace`, `endpoints`, `builds/12`.
 */
export function useAppAddress(): (entityRef: string, tab: string) => string {
  const entityRoute = useRouteRef(entityRouteRef);
  return useCallback(
    (entityRef, tab) => `${entityRoute(entityRouteParams(entityRef))}/${tab}`,
    [entityRoute],
  );
}
