import type { Edit } from './types';

/** The lines of a file; one that ends with the end of a line has no further line. */
export function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** What a file is after an edit, as the node makes it with `head` and `tail`. */
export function edited(before: string, edit: Edit): string {
  if (edit.kind === 'put') return edit.content;
  const lines = before.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  return [
    ...lines.slice(0, edit.first),
    edit.content,
    ...lines.slice(edit.first + edit.count),
  ].join('');
}
