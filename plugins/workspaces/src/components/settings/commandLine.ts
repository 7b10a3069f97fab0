import { workspaceFromForm } from '@slipway/backstage-plugin-workspaces-common';

/**
 * The words of a command line, by the rule of the template's form, so that the same line means the
 * same on both pages.
 *
 * @throws Error that says what cannot be understood
 */
export function wordsOf(line: string): string[] {
  try {
    const { apps = [] } = workspaceFromForm({
      name: 'any',
      app: { source: { type: 'upload' } },
      migration: line,
    });
    return apps[0].migration?.command ?? [];
  } catch (error) {
    // It names the field of the template, and the line stands beside its own.
    throw new Error((error as Error).message.replace(/^migration: /, ''));
  }
}

/** A line that has these words. */
export function lineOf(words: string[] = []): string {
  return words.map(quoted).join(' ');
}

function quoted(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replace(/'/g, `'\\''`)}'`;
}
