/** Characters of a line before it is cut in pieces: a build that prints one endless line must not fill the memory. */
export const LONGEST_LINE = 8 * 1024;

function pieces(line: string): string[] {
  const found: string[] = [];
  let from = 0;
  while (line.length - from > LONGEST_LINE) {
    const cutsPair = /[\ud800-\udbff]/.test(line[from + LONGEST_LINE - 1]);
    const to = from + LONGEST_LINE - (cutsPair ? 1 : 0);
    found.push(line.slice(from, to));
    from = to;
  }
  return [...found, line.slice(from)];
}

/** What a terminal shows of a line in the end: a progress bar overwrites itself after each carriage return. */
function shown(line: string): string {
  const text = line.replace(/\r+$/, '');
  return text.slice(text.lastIndexOf('\r') + 1);
}

/** Makes lines of output that arrives in pieces which end anywhere, even within a character. */
export class LineSplitter {
  readonly #decoder = new TextDecoder();
  #rest = '';

  /** The lines that are complete with these bytes. */
  push(bytes: Uint8Array): string[] {
    const lines = (
      this.#rest + this.#decoder.decode(bytes, { stream: true })
    ).split('\n');
    const unfinished = lines.pop() ?? '';
    const [rest, ...longAgo] = pieces(shown(unfinished)).reverse();
    // A carriage return at the end may be the first half of a line's end: only what follows tells.
    this.#rest = unfinished.endsWith('\r') ? `${rest}\r` : rest;
    return [...lines.map(shown).flatMap(pieces), ...longAgo.reverse()];
  }

  /** What is left of a line that will not be completed. */
  end(): string[] {
    const rest = shown(this.#rest + this.#decoder.decode());
    this.#rest = '';
    return rest === '' ? [] : pieces(rest);
  }
}
