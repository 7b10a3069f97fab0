import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { StockPortal } from './stockPortal';

const document = resolve(__dirname, '../../docs/installation.md');

/** The guide's block for app-config.yaml; Backstage merges this file with that one. */
export const guideConfiguration = 'app-config.guide.yaml';

/** Does with a portal what docs/installation.md says, by the blocks of its sections. */
export async function followGuide(portal: StockPortal): Promise<void> {
  for (const line of codeBlocks('Packages', 'sh')[0].trim().split('\n')) {
    const [command, ...args] = line.split(' ');
    if (command !== 'yarn') throw new Error(`${line} is no command of Yarn`);
    await portal.yarn(...args);
  }
  const [policy, allowAll, own] = codeBlocks('Permission policy', 'ts');
  const start = 'backend.start();\n';
  const backend = join(portal.folder, 'packages/backend/src');
  const index = join(backend, 'index.ts');
  let source = readFileSync(index, 'utf8');
  source = replace(source, start, codeBlocks('Backend', 'ts')[0] + start);
  source = replace(source, allowAll, own);
  writeFileSync(index, source);
  writeFileSync(join(backend, 'permissionPolicy.ts'), policy);
  writeFileSync(
    join(portal.folder, guideConfiguration),
    codeBlocks('Configuration', 'yaml')[0],
  );
}

/** The code blocks of one section of the guide, in their order. */
function codeBlocks(section: string, language: 'sh' | 'ts' | 'yaml'): string[] {
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

function replace(text: string, from: string, to: string): string {
  if (!text.includes(from))
    throw new Error(`The backend of a stock portal does not contain ${from}`);
  return text.replace(from, () => to);
}
