import type { Blame, OutputReader, Said } from './Strategy';

/** Whether a step is BuildKit's own, and no instruction of the Dockerfile. */
function isInternal(name: string): boolean {
  return /^\[(internal|auth)\] |^\[context \S+\] load metadata/.test(name);
}

/** Whether a step may fail and the build goes on: the first build of an app finds no cache. */
function isOptional(name: string): boolean {
  return name.startsWith('importing cache manifest');
}

/** Reads BuildKit's plain progress. */
export function readBuildkit(): OutputReader {
  const names = new Map<string, string>();
  return line => {
    const [, id, said] = /^#(\d+) (.*)$/s.exec(line) ?? [];
    if (id === undefined) return unnumbered(line);
    const [, text] = /^\d+\.\d+ (.*)$/s.exec(said) ?? [];
    const known = names.get(id);
    if (known !== undefined && text !== undefined)
      return [{ type: 'output', step: id, text }];
    const name = known ?? said;
    names.set(id, name);
    const change =
      known === undefined ? { state: 'running' as const } : changeOf(said);
    const kind = { hidden: isInternal(name), mayFail: isOptional(name) };
    return change ? [{ type: 'step', id, name, ...kind, ...change }] : [];
  };
}

function unnumbered(line: string): Said[] {
  if (line.startsWith('error: '))
    return [{ type: 'verdict', text: line.slice('error: '.length) }];
  const [, number, text] = /^ *(\d+) \| >>> (.*)$/.exec(line) ?? [];
  const output: Said = { type: 'output', text: line };
  return number
    ? [{ type: 'place', line: Number(number), text }, output]
    : [output];
}

function changeOf(said: string) {
  if (/^DONE \d/.test(said)) return { state: 'done' as const };
  if (said === 'CACHED') return { state: 'cached' as const };
  return said.startsWith('ERROR: ')
    ? { state: 'failed' as const, error: said.slice('ERROR: '.length) }
    : undefined;
}

/** What BuildKit failed by. It points at the instruction by itself. */
export function blameOfBuildkit(
  verdict: string,
  { step = '' }: { step?: string },
): Blame {
  const [, named] =
    /(?:load metadata for|resolve image config for(?: docker-image:\/\/)?) ?(\S+)/.exec(
      step,
    ) ?? [];
  const [, resolved] =
    /failed to resolve source metadata for (\S+?): /.exec(verdict) ?? [];
  const [, pushed] = /failed to push ([^\s/]+\/[^\s]+?): /.exec(verdict) ?? [];
  return { image: named ?? resolved, pushed };
}
