/** Longer lines are no objects. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** One line of a watch. */
export interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T;
}

/** What a line says; nothing where it is no event. */
export function parsed<T>(line: string): WatchEvent<T> | undefined {
  try {
    const event = JSON.parse(line) as WatchEvent<T>;
    return event.object ? event : undefined;
  } catch {
    return undefined;
  }
}

/** The complete lines of a stream; what stands after the last end of line is none. */
export async function* linesOf(
  stream: AsyncIterable<Buffer>,
): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    let begin = 0;
    for (
      let end = chunk.indexOf(0x0a);
      end !== -1;
      end = chunk.indexOf(0x0a, begin)
    ) {
      parts.push(chunk.subarray(begin, end));
      yield Buffer.concat(parts).toString('utf8');
      parts = [];
      length = 0;
      begin = end + 1;
    }
    parts.push(chunk.subarray(begin));
    length += chunk.length - begin;
    if (length > LONGEST_LINE)
      throw new Error('A line of the watch is too long');
  }
}
