import type {
  LogLine,
  LogPage,
} from '@slipway/backstage-plugin-workspaces-common';

/** Lines asked for at a time. */
export const PAGE_LINES = 500;
/** Lines kept in the browser; beyond, those furthest from what is read are let go. */
export const WINDOW_LINES = 1_500;

/** A stretch of a log: lines that follow each other, and what is known of the log around them. */
export interface LogWindow {
  lines: LogLine[];
  /** First line that is kept by the backend. */
  firstKept: number;
  /** Last line there is; 0 if there is none. */
  lastLine: number;
  /** No line will be added. */
  complete: boolean;
}

export const emptyWindow: LogWindow = {
  lines: [],
  firstKept: 1,
  lastLine: 0,
  complete: false,
};

export function firstLine(window: LogWindow): number {
  return window.lines[0]?.line ?? 0;
}

export function lastShown(window: LogWindow): number {
  return window.lines[window.lines.length - 1]?.line ?? 0;
}

export function hasEarlier(window: LogWindow): boolean {
  return window.lines.length > 0 && firstLine(window) > window.firstKept;
}

export function hasLater(window: LogWindow): boolean {
  return lastShown(window) < window.lastLine;
}

export function holds(window: LogWindow, line: number): boolean {
  return (
    window.lines.length > 0 &&
    line >= firstLine(window) &&
    line <= lastShown(window)
  );
}

/** Another stretch instead of this one. */
export function replaced(before: LogWindow, page: LogPage): LogWindow {
  return { ...around(before, page), lines: page.items };
}

/**
 * A page that ends where this stretch begins. One with very long lines may end before: then it
 * stands for itself, since the lines shown follow each other.
 */
export function withEarlier(before: LogWindow, page: LogPage): LogWindow {
  const earlier = page.items.filter(item => item.line < firstLine(before));
  const reached = earlier[earlier.length - 1]?.line ?? 0;
  const meets = reached + 1 === firstLine(before);
  const lines = meets ? [...earlier, ...before.lines] : earlier;
  return { ...around(before, page), lines: lines.slice(0, WINDOW_LINES) };
}

/** A page that begins where this stretch ends. */
export function withLater(before: LogWindow, page: LogPage): LogWindow {
  const later = page.items.filter(item => item.line > lastShown(before));
  return {
    ...around(before, page),
    lines: [...before.lines, ...later].slice(-WINDOW_LINES),
  };
}

/**
 * Lines that were just written. Whoever follows gets them; whoever reads elsewhere only learns
 * that there are more.
 */
export function withWritten(
  before: LogWindow,
  written: { items: LogLine[]; complete: boolean },
  following: boolean,
): LogWindow {
  const { items, complete } = written;
  const newest = items[items.length - 1]?.line ?? 0;
  const known = {
    ...before,
    complete,
    lastLine: Math.max(before.lastLine, newest),
  };
  const fresh = items.filter(item => item.line > lastShown(before));
  if (fresh.length === 0) return known;
  const follows =
    before.lines.length === 0 || fresh[0].line === lastShown(before) + 1;
  if (following)
    return {
      ...known,
      lines: (follows ? [...before.lines, ...fresh] : fresh).slice(
        -WINDOW_LINES,
      ),
    };
  if (follows && before.lines.length + fresh.length <= WINDOW_LINES) {
    return { ...known, lines: [...before.lines, ...fresh] };
  }
  return known;
}

function around(before: LogWindow, page: LogPage): Omit<LogWindow, 'lines'> {
  return {
    firstKept: Math.max(1, page.firstLine),
    lastLine: Math.max(before.lastLine, page.lastLine),
    complete: page.complete,
  };
}
