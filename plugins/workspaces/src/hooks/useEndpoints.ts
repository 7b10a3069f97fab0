import { useApi } from '@backstage/core-plugin-api';
import type {
  Endpoint,
  StreamMessage,
} from '@slipway/backstage-plugin-workspaces-common';
import { useEffect, useMemo, useState } from 'react';
import useAsyncFn from 'react-use/esm/useAsyncFn';
import { workspacesApiRef } from '../api';
import type { WorkspaceScope } from './useEntityWorkspace';
import { useLiveStream } from './useLiveStream';

/** A workspace holds 20 apps at most, and an app one endpoint. */
const PAGE_SIZE = 200;

interface KnownEndpoint {
  endpoint: Endpoint;
  heardAt: number;
}

type KnownEndpoints = ReadonlyMap<string, KnownEndpoint>;

/**
 * The endpoints of a workspace, or of one app of it, kept up to date by the live stream.
 * Belongs to one scope; key the component by it.
 *
 * @param receive - Gets all that the stream says of the workspace, for a page that shows more of it.
 */
export function useEndpoints(
  scope: WorkspaceScope,
  receive?: (message: StreamMessage) => void,
) {
  const api = useApi(workspacesApiRef);
  const [deleted, setDeleted] = useState(
    scope.workspace.deletedAt !== undefined,
  );
  const { app } = scope;
  const workspace = scope.workspace.id;
  const [known, setKnown] = useState<KnownEndpoints>();

  const [list, load] = useAsyncFn(async () => {
    const askedAt = Date.now();
    const page = await api.listEndpoints({ workspace, app, limit: PAGE_SIZE });
    setKnown(before => listed(before, page.items, askedAt));
  }, [api, workspace, app]);

  const connection = useLiveStream([`workspace:${workspace}`], message => {
    receive?.(message);
    if (message.type === 'deleted') setDeleted(true);
    if (message.type !== 'endpoint' || message.data.workspace !== workspace)
      return;
    if (app && message.data.app !== app) return;
    const endpoint = message.data;
    setKnown(before =>
      new Map(before).set(endpoint.id, { endpoint, heardAt: Date.now() }),
    );
  });

  const { reconnects } = connection;
  useEffect(() => {
    load();
  }, [load, reconnects]);

  const endpoints = useMemo(
    () =>
      known &&
      [...known.values()]
        .map(({ endpoint }) => endpoint)
        .sort((a, b) => a.app.localeCompare(b.app)),
    [known],
  );

  return { endpoints, error: list.error, retry: load, connection, deleted };
}

/** The list is whole: what is not in it is gone, except what was heard of after it was asked for. */
function listed(
  before: KnownEndpoints | undefined,
  endpoints: Endpoint[],
  askedAt: number,
): KnownEndpoints {
  const after = new Map<string, KnownEndpoint>();
  for (const endpoint of endpoints)
    after.set(endpoint.id, { endpoint, heardAt: askedAt });
  for (const [id, other] of before ?? [])
    if (other.heardAt > askedAt) after.set(id, other);
  return after;
}
