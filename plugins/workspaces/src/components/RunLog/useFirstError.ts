import { useApi } from '@backstage/core-plugin-api';
import type {
  LogReference,
  Stage,
} from '@slipway/backstage-plugin-workspaces-common';
import { useCallback, useEffect, useRef } from 'react';
import useAsyncFn from 'react-use/esm/useAsyncFn';
import { workspacesApiRef, type WorkspacesApi } from '../../api';
import type { RunLogState } from '../../hooks/useRunLog';
import { inOrder } from '../DiagnosisPanel/diagnosisText';

const LONGEST_SEARCH = 200;
const SHORTEST_QUOTE = 8;
const MOST_QUOTES = 4;
const soundsLikeError =
  /error|fatal|fail|cannot|not found|denied|panic|exception|refused/i;
/** Where no evidence is a line of the log: how tools begin the line that says why they stop. */
const usualWords = ['error:', 'fatal:', 'failed'];

/**
 * Finds the line of a failed stage's log at which the failure first shows, and brings it into view;
 * once by itself, unless the address names a line.
 */
export function useFirstError(log: RunLogState, stage: Stage) {
  const api = useApi(workspacesApiRef);
  const { reference, showLine, status, linked } = log;
  const failed = stage.state === 'failed';

  const [found, search] = useAsyncFn(
    async () => (reference ? firstErrorLine(api, reference, stage) : undefined),
    [api, reference, stage],
  );
  const show = useCallback(async () => {
    const line = await search();
    if (typeof line === 'number') showLine(line);
  }, [search, showLine]);

  const shown = useRef(linked !== undefined);
  useEffect(() => {
    if (!failed || status !== 'ready' || shown.current) return;
    shown.current = true;
    show();
  }, [failed, status, show]);

  return {
    failed,
    line: found.value,
    searched: !found.loading && found.value === undefined && shown.current,
    show,
  };
}

async function firstErrorLine(
  api: WorkspacesApi,
  log: LogReference,
  stage: Stage,
): Promise<number | undefined> {
  for (const text of [...quotes(stage), ...usualWords]) {
    const page = await api.searchRunLogs({ ...log, text, limit: 1 });
    if (page.items.length > 0) return page.items[0].line;
  }
  return undefined;
}

/**
 * Lines of the evidence that may stand in the log word for word: those of the log itself first,
 * and of each the line that sounds like an error, else its last.
 */
function quotes(stage: Stage): string[] {
  const evidence = inOrder(stage.diagnosis?.evidence ?? []);
  const texts = [
    ...evidence.filter(({ kind }) => kind === 'log'),
    ...evidence.filter(({ kind }) => kind === 'error'),
  ].map(({ text }) =>
    text.split('\n').filter(line => line.trim().length >= SHORTEST_QUOTE),
  );
  return texts
    .flatMap(
      lines =>
        lines.find(line => soundsLikeError.test(line)) ?? lines.slice(-1),
    )
    .slice(0, MOST_QUOTES)
    .map(line => line.trim().slice(0, LONGEST_SEARCH));
}
