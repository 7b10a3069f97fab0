import { useApi } from '@backstage/core-plugin-api';
import type { Check } from '@slipway/backstage-plugin-workspaces-common';
import { useEffect, useState } from 'react';
import useAsyncFn from 'react-use/esm/useAsyncFn';
import { workspacesApiRef } from '../api';

/**
 * The checks of the installation. An answer stays until the next one is there.
 */
export function useChecks() {
  const api = useApi(workspacesApiRef);
  const [checks, setChecks] = useState<Check[]>();
  const [asked, run] = useAsyncFn(async () => {
    const { items } = await api.listChecks();
    setChecks(items);
  }, [api]);
  useEffect(() => {
    run();
  }, [run]);
  return { checks, running: asked.loading, error: asked.error, run };
}
