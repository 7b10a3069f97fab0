import type { JsonObject } from '@backstage/types';
import type { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import {
  Dockerfile,
  evidenceOf,
  failure,
  Instruction,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import type { BuildProgress } from './BuildProgress';

const ENGINE = 'container engine';

function instructionFacts(instruction: Instruction | undefined): JsonObject {
  return instruction
    ? { instruction: instruction.text, line: instruction.line }
    : {};
}

/** The image that a step of the engine's own was about: what it could not read of a registry. */
function imageFacts(step: string): JsonObject {
  const [, image] =
    /(?:load metadata for|resolve image config for|^FROM) (\S+)/.exec(step) ??
    [];
  return image ? { image } : {};
}

/** Words for what the engine says cryptically. */
function hint(
  text: string,
  instruction: Instruction | undefined,
  dockerfile: Dockerfile,
): string | undefined {
  const heredoc = dockerfile.instructions.find(candidate => candidate.heredoc);
  if (heredoc && /unknown instruction/.test(text) && instruction === heredoc) {
    return (
      `Line ${heredoc.line} (${heredoc.text}) is a here-document. This engine's own Dockerfile reader does not know them: ` +
      'begin the file with "# syntax=docker/dockerfile:1", or write the command without one.'
    );
  }
  return undefined;
}

/**
 * The failure of a build: first the engine's verdict, with the instruction of the Dockerfile that it is about
 * where that is certain, then the last lines of the step that failed.
 */
export function buildFailure(
  progress: BuildProgress,
  verdict: string,
  dockerfile: Dockerfile | undefined,
): EngineError {
  const step = progress.failedStep;
  const [, parsedLine] = /parse error (?:on )?line (\d+)/.exec(verdict) ?? [];
  const [, exitCode] = /exit (?:code:?|status) (\d+)/.exec(verdict) ?? [];
  const instruction = parsedLine
    ? dockerfile?.instructionAt(Number(parsedLine))
    : step && dockerfile?.instructionOf(step.name);
  const facts: JsonObject = {
    ...(step ? { step: step.name, ...imageFacts(step.name) } : {}),
    ...instructionFacts(instruction),
    ...(parsedLine && !instruction?.heredoc
      ? { line: Number(parsedLine) }
      : {}),
    ...(exitCode ? { exitCode: Number(exitCode) } : {}),
  };
  const advice = dockerfile && hint(verdict, instruction, dockerfile);
  return failure(step ? `${step.name}: ${verdict}` : verdict, [
    evidenceOf('error', step?.name ?? ENGINE, verdict, {
      facts,
      at: step?.at.toISOString(),
    }),
    ...(step?.lines.length
      ? [
          evidenceOf('log', step.name, step.lines.join('\n'), {
            at: step.at.toISOString(),
          }),
        ]
      : []),
    ...(advice ? [evidenceOf('error', 'builder', advice, { facts })] : []),
  ]);
}
