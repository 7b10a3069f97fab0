import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import { BuildTask, Strategy, unnamedSource } from './strategies';

/** Throws where a builder cannot do what a Dockerfile asks for. */
export function requireAble(
  { title, inability, rewritesImages }: Strategy,
  task: BuildTask,
): void {
  const found =
    inability?.(task) ?? (rewritesImages ? unnamedSource(task) : undefined);
  if (!found) return;
  const text = `${title} cannot ${found.cannot}: line ${found.line} (${found.instruction})`;
  const facts = { builder: title, ...found };
  throw failure(text, [evidenceOf('error', title, text, { facts })]);
}
