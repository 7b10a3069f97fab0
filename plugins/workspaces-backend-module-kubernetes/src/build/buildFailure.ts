import type { JsonObject } from '@backstage/types';
import type {
  EngineError,
  RawEvidence,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  Dockerfile,
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import type { BuildLog } from './BuildLog';

/** What a verdict is about, as far as the builder tells. */
function blameFacts(log: BuildLog, dockerfile?: Dockerfile): JsonObject {
  const { image, pushed, instruction } = log.strategy.blame(log.verdict ?? '', {
    step: log.failedStep?.name,
    dockerfile,
  });
  return {
    ...(image && !log.isFetching ? { image } : {}),
    ...(pushed ? { pushed, registry: pushed.split('/')[0] } : {}),
    ...(log.isFetching
      ? {}
      : placeFacts(log, { image, instruction, dockerfile })),
  };
}

/** Where in the Dockerfile: as the builder points at it, or where the instruction stands that it speaks of. */
function placeFacts(
  log: BuildLog,
  said: { image?: string; instruction?: string; dockerfile?: Dockerfile },
): JsonObject {
  if (log.place) return { ...log.place };
  const spoken = said.instruction?.replace(/\s+/g, ' ').trim();
  const found = said.dockerfile?.instructions.filter(({ keyword, text }) =>
    spoken === undefined
      ? keyword === 'FROM' && said.image?.endsWith(text.split(' ')[1])
      : text === spoken,
  );
  if (found?.length === 1)
    return { instruction: found[0].text, line: found[0].line };
  return spoken === undefined ? {} : { instruction: spoken };
}

/** The last lines of the step that failed; of all of it where the builder did not come to any step. */
function outputEvidence(log: BuildLog): RawEvidence[] {
  const step = log.failedStep;
  if (!step) {
    const text = log.lastLines.join('\n');
    return [evidenceOf('log', log.strategy.title, text)];
  }
  if (step.lines.length === 0) return [];
  return [
    evidenceOf('log', step.name, step.lines.join('\n'), {
      at: step.at.toISOString(),
    }),
  ];
}

/**
 * The failure of a build: first the builder's verdict, with the instruction of the Dockerfile that it is about, then
 * the last lines of the step that failed.
 *
 * @param dockerfile - For builders that do not say on which line they failed.
 */
export function buildFailure(
  log: BuildLog,
  dockerfile?: Dockerfile,
): EngineError {
  const { title } = log.strategy;
  const verdict = log.verdict || `${title} said nothing of the failure`;
  const step = log.failedStep;
  const [, parsedLine] = /parse error (?:on )?line (\d+)/.exec(verdict) ?? [];
  const [, exitCode] = /exit (?:code:?|status) (\d+)/.exec(verdict) ?? [];
  const source = log.isFetching ? 'bundle' : step?.name ?? title;
  const facts: JsonObject = {
    askedBy: 'builder',
    builder: title,
    ...(log.isFetching ? { fetches: 'bundle' } : {}),
    ...(step && !log.isFetching ? { step: step.name } : {}),
    ...blameFacts(log, dockerfile),
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
