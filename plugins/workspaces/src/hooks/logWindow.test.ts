import { logLines } from '../__testUtils__/data';
import {
  emptyWindow,
  firstLine,
  hasEarlier,
  hasLater,
  lastShown,
  replaced,
  withEarlier,
  withLater,
  withWritten,
  type LogWindow,
} from './logWindow';

const all = logLines(5_000);
const linesFrom = (from: number, to: number) => all.slice(from - 1, to);
const pageOf = (from: number, to: number, lastLine = 5_000, firstKept = 1) => ({
  items: linesFrom(from, to),
  firstLine: firstKept,
  lastLine,
  complete: false,
});
const windowOf = (from: number, to: number, lastLine = 5_000): LogWindow =>
  replaced(emptyWindow, pageOf(from, to, lastLine));
const extent = (window: LogWindow) => [firstLine(window), lastShown(window)];

describe('the window on a log', () => {
  it('grows at both ends and lets go of what is furthest away', () => {
    const window = windowOf(2_001, 3_500);
    expect(extent(withEarlier(window, pageOf(1_501, 2_000)))).toEqual([
      1_501, 3_000,
    ]);
    expect(extent(withLater(window, pageOf(3_501, 4_000)))).toEqual([
      2_501, 4_000,
    ]);
  });

  it('never holds lines that do not follow each other', () => {
    const window = windowOf(2_001, 2_500);
    // A page of very long lines ends before it meets the window.
    expect(extent(withEarlier(window, pageOf(1_501, 1_700)))).toEqual([
      1_501, 1_700,
    ]);
    const gap = { items: linesFrom(2_900, 3_000), complete: false };
    expect(extent(withWritten(window, gap, false))).toEqual([2_001, 2_500]);
    expect(extent(withWritten(window, gap, true))).toEqual([2_900, 3_000]);
  });

  it('takes what is written once, though the stream begins with lines that are there', () => {
    const window = windowOf(1, 600, 600);
    const written = { items: linesFrom(101, 610), complete: true };
    const after = withWritten(window, written, true);
    expect(after.lines.map(({ line }) => line)).toEqual(
      linesFrom(1, 610).map(({ line }) => line),
    );
    expect(after).toMatchObject({ lastLine: 610, complete: true });
  });

  it('knows what there is before and after it', () => {
    expect(hasEarlier(emptyWindow)).toBe(false);
    expect(hasLater(emptyWindow)).toBe(false);
    expect(hasEarlier(windowOf(1, 500))).toBe(false);
    expect(hasEarlier(replaced(emptyWindow, pageOf(301, 500, 500, 301)))).toBe(
      false,
    );
    expect(hasLater(windowOf(1, 500))).toBe(true);
    expect(hasLater(windowOf(4_501, 5_000))).toBe(false);
  });
});
