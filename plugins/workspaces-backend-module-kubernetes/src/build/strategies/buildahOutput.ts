import { FAILED, PUSHED, PUSHING } from './script';
import type { Blame, OutputReader, Said } from './Strategy';

/**
 * Reads what buildah says. A command of the Dockerfile can say the same, "Error: ..." for example, so that the last
 * such line becomes the verdict when the script says that the build has failed.
 */
export function readBuildah(): OutputReader {
  let current: { id: string; name: string } | undefined;
  let verdict: string[] = [];
  const change = (state: 'running' | 'done' | 'cached'): Said[] =>
    current ? [{ type: 'step', ...current, state }] : [];
  const begin = (id: string, name: string): Said[] => {
    const before = change('done');
    current = { id, name };
    return [...before, ...change('running')];
  };
  return line => {
    const [, stages = '', number, all, instruction] =
      /^(?:\[(\d+\/\d+)\] )?STEP (\d+)\/(\d+): (.*)$/s.exec(line) ?? [];
    if (instruction !== undefined) {
      const place = `${stages && `${stages} `}${number}/${all}`;
      return begin(place, `[${place}] ${instruction}`);
    }
    if (/^(\[\d+\/\d+\] )?COMMIT /.test(line)) return begin(line, line);
    if (line === PUSHING) return begin(PUSHING, 'pushing the image');
    if (line === PUSHED) return change('done');
    if (line.startsWith('--> Using cache ')) return change('cached');
    if (line === FAILED) {
      const text = verdict.join('\n').trim();
      const failed: Said[] = current
        ? [{ type: 'step', ...current, state: 'failed', error: text }]
        : [];
      return [...failed, { type: 'verdict', text }];
    }
    const [, error] = /^Error: (.*)$/s.exec(line) ?? [];
    if (error !== undefined) verdict = [error];
    else if (verdict.length > 0) verdict.push(line);
    return [{ type: 'output', step: current?.id, text: line }];
  };
}

/** What buildah failed by. The instruction is that of its step: in the verdict variables may be replaced. */
export function blameOfBuildah(
  verdict: string,
  { step }: { step?: string },
): Blame {
  const [, image] =
    /initializing source docker:\/\/(\S+?): /.exec(verdict) ?? [];
  const [, pushed] =
    /pushing image "[^"]*" to "docker:\/\/([^"]+)": /.exec(verdict) ?? [];
  const [, instruction] = /^\[[\d/ ]+\] (.*)$/s.exec(step ?? '') ?? [];
  return { image, pushed, instruction };
}
