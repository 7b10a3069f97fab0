import type { JsonObject } from '@backstage/types';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type Docker from 'dockerode';
import type { RawEvidence } from '@slipway/backstage-plugin-workspaces-node';
import { evidenceOf } from '@slipway/backstage-plugin-workspaces-node/engines';
import { engineText } from '../failures';
import { readLogLines } from './logStream';

/** How much of a container's output is kept as evidence. */
const LOG_LINES = 50;

/** How a container ended, from the engine's own record. */
export interface ContainerExit {
  exitCode?: number;
  outOfMemory: boolean;
  /** ISO 8601, UTC. */
  at?: string;
}

/** How the container ended last, as far as its state says; `undefined` while it has never ended. */
export function exitOf(
  state: Docker.ContainerInspectInfo['State'],
): ContainerExit | undefined {
  if (state.FinishedAt.startsWith('0001-')) return undefined;
  const ended = !state.Running || state.Restarting;
  return {
    exitCode: ended ? state.ExitCode : undefined, // while it runs again the code reads zero
    outOfMemory: state.OOMKilled,
    at: state.FinishedAt,
  };
}

/** The state of a container as evidence. */
export function stateEvidence(
  name: string,
  found: Docker.ContainerInspectInfo,
  seen: ContainerExit | undefined = exitOf(found.State),
): RawEvidence {
  const { State: state, RestartCount: restarts } = found;
  const words = [state.Status];
  if (seen?.exitCode !== undefined) words.push(`exit code ${seen.exitCode}`);
  if (seen?.outOfMemory) words.push('out of memory');
  words.push(`${restarts} restarts`);
  if (state.Error) words.push(state.Error);
  return evidenceOf('state', name, words.join(', '), {
    at: seen?.at,
    facts: {
      ...ownerFacts(name, found.Config.Labels ?? {}),
      ...(seen?.exitCode === undefined ? {} : { exitCode: seen.exitCode }),
      outOfMemory: seen?.outOfMemory ?? false,
      restarts,
    },
  });
}

/** Whose container it is, as its user knows it. */
function ownerFacts(
  name: string,
  found: Record<string, string | undefined>,
): JsonObject {
  const dependency = found[labels.dependency];
  if (dependency) return { dependency };
  const app = found[labels.app];
  if (!app || !found[labels.release]) return {}; // a job says itself what it is
  const index = Number(name.slice(name.lastIndexOf('.') + 1));
  return { app, replica: index + 1 };
}

/** The end of a container's output as evidence; none if it wrote nothing. */
export async function logEvidence(
  docker: Docker,
  name: string,
): Promise<RawEvidence[]> {
  try {
    const lines = await readLogLines(docker, name, { tail: LOG_LINES });
    if (lines.length === 0) return [];
    const text = lines.map(line => line.text).join('\n');
    const at = lines[0].at.toISOString();
    return [evidenceOf('log', name, text, { at })];
  } catch (error) {
    return [
      evidenceOf(
        'log',
        name,
        `The output could not be read: ${engineText(error)}`,
      ),
    ];
  }
}
