import { useApi } from '@backstage/core-plugin-api';
import { useEffect, useState } from 'react';
import useAsyncFn from 'react-use/esm/useAsyncFn';
import useDebounce from 'react-use/esm/useDebounce';
import { workspacesApiRef } from '../../api';
import type { RunLogState } from '../../hooks/useRunLog';

const TYPING_MILLISECONDS = 300;
/** Hits that are asked for; more are counted as "1,000 or more". */
export const MOST_HITS = 1_000;
const LONGEST_SEARCH = 200;

/**
 * Searches a log where it is kept, the whole of it, and brings one hit after the other into view.
 */
export function useLogSearch(log: RunLogState) {
  const api = useApi(workspacesApiRef);
  const { reference, showLine } = log;
  const [query, setQuery] = useState('');
  const [index, setIndex] = useState(0);

  const [found, search] = useAsyncFn(
    async (text: string) => {
      if (!text || !reference) return undefined;
      const page = await api.searchRunLogs({
        ...reference,
        text,
        limit: MOST_HITS,
      });
      return { text, lines: page.items.map(item => item.line) };
    },
    [api, reference],
  );
  useDebounce(
    () => search(query.trim().slice(0, LONGEST_SEARCH)),
    TYPING_MILLISECONDS,
    [query, search],
  );

  const { value } = found;
  useEffect(() => {
    setIndex(0);
    if (value && value.lines.length > 0) showLine(value.lines[0]);
    // Only a new answer moves the view, not what comes into view meanwhile.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [value]);

  const lines = value?.lines ?? [];
  const go = (to: number) => {
    if (lines.length === 0) return;
    const next = (to + lines.length) % lines.length;
    setIndex(next);
    showLine(lines[next]);
  };
  return {
    query,
    setQuery,
    /** What the hits are hits of; absent while nothing is searched for. */
    text: value?.text,
    lines,
    index,
    error: found.error,
    next: () => go(index + 1),
    previous: () => go(index - 1),
  };
}

/** A search as the log shows it. */
export type LogSearch = ReturnType<typeof useLogSearch>;
