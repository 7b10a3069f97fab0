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
import { familiarImageName } from './imageNames';

/** A Dockerfile, and what is built in its place: the same, line by line, with other base images. */
export interface BuiltDockerfile {
  written: Dockerfile;
  built: Dockerfile;
}

/** What a verdict is about, as far as the builder tells. */
function blameFacts(log: BuildLog, dockerfile?: BuiltDockerfile): JsonObject {
  const { image, pushed, instruction } = log.strategy.blame(log.verdict ?? '', {
    step: log.failedStep?.name,
    dockerfile: dockerfile?.built,
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
  said: { image?: string; instruction?: string; dockerfile?: BuiltDockerfile },
): JsonObject {
  if (log.place) return { ...log.place };
  const { image, dockerfile } = said;
  const spoken = said.instruction?.replace(/\s+/g, ' ').trim();
  const found = dockerfile?.built.instructions.filter(({ keyword, text }) =>
    spoken === undefined
      ? keyword === 'FROM' && image !== undefined && names(text, image)
      : text === spoken,
  );
  if (found?.length !== 1)
    return spoken === undefined ? {} : { instruction: spoken };
  const [{ line, text }] = found;
  const written = dockerfile?.written.instructionAt(line);
  return { instruction: written?.text ?? text, line };
}

/** Whether an instruction is about an image. */
function names(instruction: string, image: string): boolean {
  return instruction
    .split(' ')
    .some(word => familiarImageName(word) === familiarImageName(image));
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
  dockerfile?: BuiltDockerfile,
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
