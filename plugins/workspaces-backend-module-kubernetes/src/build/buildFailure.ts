import type { JsonObject } from '@backstage/types';
import type {
  EngineError,
  RawEvidence,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import type { BuildLog } from './BuildLog';

/** The image that a step of BuildKit's own was about: what it could not read of a registry. */
function imageFacts(step: string | undefined, verdict: string): JsonObject {
  const [, named] =
    /(?:load metadata for|resolve image config for(?: docker-image:\/\/)?) ?(\S+)/.exec(
      step ?? '',
    ) ?? [];
  const [, resolved] =
    /failed to resolve source metadata for (\S+?): /.exec(verdict) ?? [];
  const image = named ?? resolved;
  return image ? { image } : {};
}

/** What could not be pushed. */
function pushFacts(verdict: string): JsonObject {
  const [, pushed, registry] =
    /failed to push (([^\s/]+)\/[^\s]+?): /.exec(verdict) ?? [];
  return pushed ? { pushed, registry } : {};
}

/** The last lines of the step that failed; of all of it where BuildKit did not come to any step. */
function outputEvidence(log: BuildLog): RawEvidence[] {
  const step = log.failedStep;
  if (!step) {
    const text = log.lastLines.join('\n');
    return [evidenceOf('log', 'BuildKit', text)];
  }
  if (step.lines.length === 0) return [];
  return [
    evidenceOf('log', step.name, step.lines.join('\n'), {
      at: step.at.toISOString(),
    }),
  ];
}

/**
 * The failure of a build: first BuildKit's verdict, with the instruction of the Dockerfile that it points at,
 * then the last lines of the step that failed.
 */
export function buildFailure(log: BuildLog): EngineError {
  const verdict = log.verdict ?? 'BuildKit said nothing of the failure';
  const step = log.failedStep;
  const [, parsedLine] = /parse error (?:on )?line (\d+)/.exec(verdict) ?? [];
  const [, exitCode] = /exit (?:code:?|status) (\d+)/.exec(verdict) ?? [];
  const { place } = log;
  const source = log.isFetching ? 'bundle' : step?.name ?? 'BuildKit';
  const facts: JsonObject = {
    askedBy: 'builder',
    ...(log.isFetching ? { fetches: 'bundle' } : {}),
    ...(step && !log.isFetching ? { step: step.name } : {}),
    ...(log.isFetching ? {} : imageFacts(step?.name, verdict)),
    ...pushFacts(verdict),
    ...(place && !log.isFetching
      ? { instruction: place.instruction, line: place.line }
      : {}),
    ...(parsedLine ? { line: Number(parsedLine) } : {}),
    ...(exitCode ? { exitCode: Number(exitCode) } : {}),
  };
  return failure(`${source}: ${verdict}`, [
    evidenceOf('error', source, verdict, {
      facts,
      at: step?.at.toISOString(),
    }),
    ...outputEvidence(log),
  ]);
}
