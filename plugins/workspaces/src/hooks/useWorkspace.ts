import type {
  RunSummary,
  StreamMessage,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import { useCallback, useMemo, useState } from 'react';
import { summaryOf } from '../components/observed';
import { useEndpoints } from './useEndpoints';

/**
 * A workspace with its endpoints and its newest run, kept up to date by one live stream. Belongs to
 * one workspace; key the component by it.
 *
 * @param app - The endpoints are those of this app alone.
 */
export function useWorkspace(loaded: Workspace, app?: string) {
  const [heard, setWorkspace] = useState(loaded);
  const [lastRun, setLastRun] = useState(loaded.lastRun);

  const receive = useCallback(
    (message: StreamMessage) => {
      if (message.type === 'workspace' && message.data.id === loaded.id) {
        setWorkspace(message.data);
        setLastRun(before => newer(before, message.data.lastRun));
      }
      if (message.type === 'run' && message.data.workspace === loaded.id)
        setLastRun(before => newer(before, summaryOf(message.data)));
    },
    [loaded.id],
  );

  const endpoints = useEndpoints({ workspace: loaded, app }, receive);
  // A run is heard of before the workspace that it changed.
  const workspace = useMemo(() => ({ ...heard, lastRun }), [heard, lastRun]);
  return { ...endpoints, workspace, lastRun };
}

/** What was heard last of the run with the highest number. */
function newer(
  before: RunSummary | undefined,
  heard: RunSummary | undefined,
): RunSummary | undefined {
  if (!heard) return before;
  return before && before.number > heard.number ? before : heard;
}
