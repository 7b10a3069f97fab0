import { useLayoutEffect, useRef, type RefObject } from 'react';
import { hasEarlier, hasLater } from '../../hooks/logWindow';
import type { RunLogState } from '../../hooks/useRunLog';

/** So near an edge, a reader is about to reach it; pixels. */
const EDGE = 40;

/**
 * Keeps the place in a log whose lines come and go at both ends: at the end while following, at
 * the line that was asked for, else where the reader was. Fetches more when an edge is near.
 */
export function useLogScroll(
  viewport: RefObject<HTMLDivElement>,
  log: RunLogState,
) {
  const { window, following, target } = log;
  const place = useRef<{ row: string; offset: number }>();
  const lastTop = useRef(0);
  const reached = useRef<RunLogState['target']>();

  useLayoutEffect(() => {
    const element = viewport.current;
    if (!element) return;
    if (following) {
      element.scrollTop = element.scrollHeight;
    } else if (target && target !== reached.current) {
      const row = element.querySelector<HTMLElement>(
        `[data-line="${target.line}"]`,
      );
      if (!row) return;
      element.scrollTop = row.offsetTop - element.clientHeight / 3;
      reached.current = target;
    } else if (place.current) {
      const row = element.querySelector<HTMLElement>(
        `[data-line="${place.current.row}"]`,
      );
      if (row) element.scrollTop = row.offsetTop - place.current.offset;
    }
    lastTop.current = element.scrollTop;
  }, [viewport, window.lines, following, target]);

  const rowAtTop = () => {
    const element = viewport.current;
    if (!element) return undefined;
    const rows = element.children as unknown as ArrayLike<HTMLElement>;
    const top = element.scrollTop;
    let low = 0;
    let high = rows.length - 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (rows[middle].offsetTop + rows[middle].offsetHeight > top)
        high = middle;
      else low = middle + 1;
    }
    return rows[low];
  };

  const onScroll = () => {
    const element = viewport.current;
    if (!element) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    const upwards = scrollTop < lastTop.current;
    const downwards = scrollTop > lastTop.current;
    const toEnd = scrollHeight - scrollTop - clientHeight;
    lastTop.current = scrollTop;
    const row = rowAtTop();
    if (row?.dataset.line)
      place.current = {
        row: row.dataset.line,
        offset: row.offsetTop - scrollTop,
      };
    if (upwards && following && toEnd > EDGE) log.unfollow();
    if (upwards && scrollTop < EDGE && hasEarlier(window)) log.loadEarlier();
    if (downwards && toEnd < EDGE) {
      if (hasLater(window)) log.loadLater();
      else if (!window.complete && !following) log.follow();
    }
  };

  const lineAtTop = () => Number(rowAtTop()?.dataset.line) || undefined;
  return { onScroll, lineAtTop };
}
