import { useApi } from '@backstage/core-plugin-api';
import type {
  LogLine,
  LogPage,
  LogReference,
} from '@slipway/backstage-plugin-workspaces-common';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router-dom';
import { workspacesApiRef } from '../api';
import {
  emptyWindow,
  firstLine,
  hasEarlier,
  hasLater,
  holds,
  lastShown,
  PAGE_LINES,
  replaced,
  withEarlier,
  withLater,
  withWritten,
  type LogWindow,
} from './logWindow';
import type { StageLine } from '../components/stages';

interface LogState {
  /** Which log, and which attempt at it, the rest belongs to. */
  key: string;
  status: 'absent' | 'loading' | 'ready' | 'failed';
  busy: boolean;
  error?: Error;
  window: LogWindow;
  /** New lines come into view as they are written. */
  following: boolean;
  /** The line to bring into view; a new object each time it is asked for. */
  target?: { line: number };
}

type Merge = (before: LogWindow, page: LogPage) => LogWindow;

/**
 * The log of one stage, by pages of lines: a stretch of it around what is read.
 *
 * @param selected - The stage; one that has not begun has no log yet.
 */
export function useRunLog(run: string, selected: StageLine | undefined) {
  const api = useApi(workspacesApiRef);
  const [parameters] = useSearchParams();
  const linked = Number(parameters.get('line')) || undefined;
  const stage = selected?.name;
  const app = selected?.app;
  const begun = selected !== undefined && hasLog(selected);
  const key = `${run}/${stage}/${app ?? ''}/${selected?.last.attempt}/${begun}`;
  const reference = useMemo<LogReference | undefined>(
    () => stage && { run, stage, app },
    [run, stage, app],
  );

  const initial: LogState = {
    key,
    status: begun ? 'loading' : 'absent',
    busy: false,
    window: emptyWindow,
    following: linked === undefined,
    target: linked ? { line: linked } : undefined,
  };
  const [kept, setKept] = useState(initial);
  const state = kept.key === key ? kept : initial;

  const change = useCallback(
    (update: (before: LogState) => Partial<LogState>) =>
      setKept(before =>
        before.key === key ? { ...before, ...update(before) } : before,
      ),
    [key],
  );

  const load = useCallback(
    async (
      range: { from: number; limit?: number },
      merge: Merge,
      then: Partial<LogState> = {},
    ) => {
      if (!reference) return;
      change(() => ({ busy: true, error: undefined }));
      try {
        const page = await api.getRunLogs({
          ...reference,
          limit: PAGE_LINES,
          ...range,
        });
        change(({ window }) => ({
          busy: false,
          status: 'ready',
          window: merge(window, page),
          ...then,
        }));
      } catch (error) {
        change(({ status }) => ({
          busy: false,
          error: error as Error,
          status: status === 'ready' ? status : 'failed',
        }));
      }
    },
    [api, reference, change],
  );

  const begin = useCallback(() => {
    load(
      { from: state.target ? around(state.target.line) : -PAGE_LINES },
      replaced,
    );
  }, [load, state.target]);

  useEffect(() => {
    setKept(initial);
    if (begun) begin();
    // Another log begins anew; a line chosen within this one does not.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);

  const { window } = state;
  return {
    ...state,
    reference,
    /** Whether lines may still come, so that the live stream is worth listening to. */
    live: state.status === 'ready' && !window.complete,
    linked,
    retry: begin,
    receive(written: LogReference & { items: LogLine[]; complete: boolean }) {
      if (
        written.run !== run ||
        written.stage !== stage ||
        (written.app || undefined) !== app
      )
        return;
      change(({ window: before, following }) => ({
        window: withWritten(before, written, following),
      }));
    },
    showStart: () =>
      load({ from: window.firstKept }, replaced, {
        following: false,
        target: { line: window.firstKept },
      }),
    showEnd: () =>
      load({ from: -PAGE_LINES }, replaced, {
        following: true,
        target: undefined,
      }),
    showLine(line: number) {
      const target = { line };
      if (holds(window, line)) change(() => ({ following: false, target }));
      else load({ from: around(line) }, replaced, { following: false, target });
    },
    loadEarlier() {
      if (state.busy || !hasEarlier(window)) return;
      const from = Math.max(window.firstKept, firstLine(window) - PAGE_LINES);
      load({ from, limit: firstLine(window) - from }, withEarlier, {
        following: false,
        target: undefined,
      });
    },
    loadLater() {
      if (state.busy || !hasLater(window)) return;
      load({ from: lastShown(window) + 1 }, withLater, { target: undefined });
    },
    follow: () => change(() => ({ following: true, target: undefined })),
    unfollow: () => change(() => ({ following: false })),
  };
}

/** The log of one stage as the page holds it. */
export type RunLogState = ReturnType<typeof useRunLog>;

function hasLog({ last, earlier }: StageLine): boolean {
  return (
    last.startedAt !== undefined ||
    (last.logLines ?? 0) > 0 ||
    earlier.length > 0
  );
}

function around(line: number): number {
  return Math.max(1, line - PAGE_LINES / 2);
}
