import type { Dockerfile } from '@slipway/backstage-plugin-workspaces-node/engines';
import { FAILED } from './script';
import type { Blame, OutputReader, Said } from './Strategy';

/** With the codes of colours, whose first character is no letter. */
const OWN_LINE = /^(?:.\[\d+m)?[A-Z]{4,5}(?:.\[0m)?\[\d+\] (.*)$/s;
const INSTRUCTION =
  /^(?:RUN|COPY|ADD|ENV|ARG|WORKDIR|USER|LABEL|EXPOSE|VOLUME|CMD|ENTRYPOINT|HEALTHCHECK|SHELL|STOPSIGNAL|ONBUILD) /;
const PUSHING = 'pushing the image';
const VERDICT = /^error (?:building|checking|pushing|resolving|getting) /;

/**
 * Reads what kaniko says: its own lines begin with a level, all others are of commands, or the reason of a failure,
 * which is taken for one when the script says that the build has failed.
 */
export function readKaniko(): OutputReader {
  let current: { id: string; name: string } | undefined;
  let steps = 0;
  let verdict: string[] = [];
  /** Layers go to the cache beside the steps, in the words with which the image is pushed. */
  const cached = new Set<string>();
  const change = (state: 'running' | 'done' | 'cached'): Said[] =>
    current ? [{ type: 'step', ...current, state }] : [];
  const begin = (name: string): Said[] => {
    const before = change('done');
    steps += 1;
    current = { id: String(steps), name };
    return [...before, ...change('running')];
  };
  return line => {
    if (line === FAILED) {
      const text = verdict.join('\n').trim();
      const failed: Said[] = current
        ? [{ type: 'step', ...current, state: 'failed', error: text }]
        : [];
      return [...failed, { type: 'verdict', text }];
    }
    const own = OWN_LINE.exec(line)?.[1].trimEnd();
    if (own === undefined) {
      if (VERDICT.test(line)) verdict = [line];
      else if (verdict.length > 0) verdict.push(line);
      return [{ type: 'output', step: current?.id, text: line }];
    }
    if (INSTRUCTION.test(own)) return begin(own);
    const [, layer] = /^Pushing layer (\S+) to cache/.exec(own) ?? [];
    if (layer !== undefined) cached.add(layer);
    const [, pushed] = /^Pushing image to (\S+)/.exec(own) ?? [];
    if (pushed !== undefined && !cached.has(pushed)) return begin(PUSHING);
    if (own.startsWith('Found cached layer')) return change('cached');
    const endsPush = current?.name === PUSHING && own.startsWith('Pushed ');
    if (endsPush || own.startsWith('Building stage ')) {
      const before = change('done');
      current = undefined;
      return [...before, { type: 'output', text: own }];
    }
    return [{ type: 'output', text: own }];
  };
}

/**
 * What kaniko failed by. It looks for base images before the first step, and for the files of an instruction before
 * it says that it begins, so that these are looked for in the Dockerfile.
 */
export function blameOfKaniko(
  verdict: string,
  { step, dockerfile }: { step?: string; dockerfile?: Dockerfile },
): Blame {
  const [, pushed] =
    /checking push permission for "([^"]+)": /.exec(verdict) ??
    /failed to push to destination (\S+): /.exec(verdict) ??
    [];
  if (pushed) return { pushed };
  const [, registry, repository, reference] =
    /GET https?:\/\/([^/]+)\/v2\/(\S+)\/manifests\/([^\s:]+(?::[0-9a-f]+)?): /.exec(
      verdict,
    ) ?? [];
  if (registry) {
    const separator = reference.includes(':') ? '@' : ':';
    return { image: `${registry}/${repository}${separator}${reference}` };
  }
  const [, path] =
    /failed to get fileinfo for \S*?\/(?:source|context)\/(.+?): lstat /.exec(
      verdict,
    ) ?? [];
  if (path === undefined) return { instruction: step };
  const found = dockerfile?.instructions.find(
    ({ keyword, text }) =>
      ['COPY', 'ADD'].includes(keyword) &&
      text.split(/\s+/).some(word => word.replace(/^\.?\//, '') === path),
  );
  return { instruction: found?.text };
}
