import { useApi } from '@backstage/core-plugin-api';
import { NotFoundError } from '@backstage/errors';
import {
  finalRunStates,
  type Run,
  type RunEvent,
  type StreamMessage,
} from '@slipway/backstage-plugin-workspaces-common';
import { useCallback, useEffect, useState } from 'react';
import useAsyncRetry from 'react-use/esm/useAsyncRetry';
import { workspacesApiRef, type WorkspacesApi } from '../api';
import type { WorkspaceScope } from './useEntityWorkspace';

/** An event that got lost costs this much time, never truth. */
const FLOOR_MILLISECONDS = 15_000;

/** A run as last heard of. */
export interface KnownRun {
  run: Run;
  /** When the backend said so; milliseconds. */
  heardAt: number;
  /** The last line of progress of each stage, by `stage/app`. */
  progress: Readonly<Record<string, RunEvent>>;
}

/**
 * One run by its number in the workspace, or by its id, kept up to date by what `receive` is given
 * and by a slow look of its own while the run goes on.
 */
export function useRun(scope: WorkspaceScope, reference: string) {
  const api = useApi(workspacesApiRef);
  const workspace = scope.workspace.id;
  const [known, setKnown] = useState<KnownRun>();

  const update = useCallback((run: Run, heardAt: number) => {
    setKnown(before => {
      if (before?.run.id === run.id && before.heardAt > heardAt) return before;
      return {
        run,
        heardAt,
        progress: before?.run.id === run.id ? before.progress : {},
      };
    });
  }, []);

  const { error, loading, retry } = useAsyncRetry(async () => {
    const askedAt = Date.now();
    update(await findRun(api, workspace, reference), askedAt);
  }, [api, workspace, reference, update]);

  const receive = useCallback(
    (message: StreamMessage) => {
      if (message.type === 'run') update(message.data, Date.now());
      if (message.type === 'event')
        setKnown(before => withEvent(before, message.data));
    },
    [update],
  );

  const id = known?.run.id;
  const active =
    known !== undefined && !finalRunStates.includes(known.run.state);
  useEffect(() => {
    if (!id || !active) return undefined;
    const timer = setInterval(async () => {
      const askedAt = Date.now();
      // A look that fails is made good by the next one; the stream says when data are stale.
      const run = await api.getRun(id).catch(() => undefined);
      if (run) update(run, askedAt);
    }, FLOOR_MILLISECONDS);
    return () => clearInterval(timer);
  }, [api, id, active, update]);

  return { known, error, loading, retry, receive, update };
}

async function findRun(
  api: WorkspacesApi,
  workspace: string,
  reference: string,
): Promise<Run> {
  if (!/^[1-9]\d{0,8}$/.test(reference)) return api.getRun(reference);
  const number = Number(reference);
  const { items } = await api.listRuns({ workspace, number });
  if (items.length > 0) return api.getRun(items[0].id); // the list leaves evidence out
  throw new NotFoundError(`This workspace has no run ${number}`);
}

function withEvent(
  before: KnownRun | undefined,
  event: RunEvent,
): KnownRun | undefined {
  if (
    !before ||
    before.run.id !== event.run ||
    event.type !== 'progress' ||
    !event.stage
  )
    return before;
  return {
    ...before,
    progress: {
      ...before.progress,
      [progressKey(event.stage, event.app)]: event,
    },
  };
}

/** Where the progress of a stage is kept. */
export function progressKey(stage: string, app?: string): string {
  return `${stage}/${app ?? ''}`;
}
