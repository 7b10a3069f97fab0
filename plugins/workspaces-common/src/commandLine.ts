import { InputError } from '@backstage/errors';

/** One piece of a word, or the blanks between two: what is quoted, what is escaped, what stands bare. */
const PIECE =
  /(?<blanks>\s+)|'(?<verbatim>[^']*)'|"(?<quoted>(?:\\[\s\S]|[^"\\])*)"|\\(?<escaped>[\s\S])|(?<bare>[^\s'"\\]+)/y;

const SHELL_SYNTAX = /[&|;<>$`()]/;

/**
 * Splits a command line into its words, as a shell would: blanks separate, quotes and
 * backslashes keep together. Nothing is expanded, and no shell will run it; what only a
 * shell understands is therefore refused unless it stands in single quotes.
 *
 * @throws InputError that names the field and the fix.
 */
export function commandWords(field: string, line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < line.length) {
    const start = PIECE.lastIndex;
    const pieces = PIECE.exec(line)?.groups;
    if (!pieces) throw unclosed(field, line[start]);
    if (pieces.blanks !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + textOf(field, pieces);
    }
  }
  return word === undefined ? words : [...words, word];
}

function textOf(field: string, pieces: Record<string, string>): string {
  const { verbatim, escaped, quoted, bare } = pieces;
  const expanded = quoted?.replace(/\\[\s\S]/g, '') ?? bare;
  const syntax = expanded?.match(quoted === undefined ? SHELL_SYNTAX : /[$`]/);
  if (syntax) throw shellSyntax(field, syntax[0]);
  return verbatim ?? escaped ?? quoted?.replace(/\\(["\\$`])/g, '$1') ?? bare;
}

function unclosed(field: string, character: string): InputError {
  return new InputError(
    character === '\\'
      ? `${field}: ends with a backslash that escapes nothing; remove it`
      : `${field}: a quote ${character} is opened and not closed`,
  );
}

function shellSyntax(field: string, character: string): InputError {
  return new InputError(
    `${field}: "${character}" is for a shell, and the command is run without one; quote it with '...' if it is meant as it stands, or ask for a shell: sh -c '...'`,
  );
}
