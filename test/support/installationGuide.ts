import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const document = resolve(__dirname, '../../docs/installation.md');

/** The code blocks of one section of docs/installation.md, in their order. */
export function codeBlocks(
  section: string,
  language: 'sh' | 'ts' | 'yaml',
): string[] {
  const text = readFileSync(document, 'utf8')
    .split(/^## /m)
    .find(part => part.startsWith(`${section}\n`));
  const blocks = [...(text ?? '').matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(
    ([, name]) => name === language,
  );
  if (blocks.length === 0)
    throw new Error(
      `${document} has no block of ${language} in its section ${section}`,
    );
  return blocks.map(([, , code]) => code);
}
