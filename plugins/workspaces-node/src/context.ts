import type { LoggerService } from '@backstage/backend-plugin-api';
import type { StageName } from '@slipway/backstage-plugin-workspaces-common';
import type { SecretReference } from './desired';

/**
 * Names a piece of work, so that a later call can adopt or cancel it.
 *
 * @public
 */
export interface WorkKey {
  /** Name of the workspace, so that the work is looked for in its place only. */
  workspace: string;
  /** Id of the run. */
  run: string;
  stage: StageName;
  /** Absent where the work concerns the workspace. */
  app?: string;
  attempt: number;
}

/**
 * The key as a text that is safe in object names and labels: lower-case letters, digits and dashes.
 * A run is of one workspace, so that the text does without its name.
 *
 * @public
 */
export function workName(key: WorkKey): string {
  return [
    key.run,
    key.stage,
    ...(key.app ? [key.app] : []),
    String(key.attempt),
  ].join('-');
}

/**
 * Opens secret references.
 *
 * @public
 */
export interface SecretResolver {
  /** The value, template applied. Whatever was resolved is redacted from the run's logs. */
  resolve(reference: SecretReference): Promise<string>;
  /** Changes when the value changes, and says nothing about it: fit for a hash in a label. */
  version(reference: SecretReference): Promise<string>;
}

/**
 * What every call of an engine or builder gets.
 *
 * @public
 */
export interface EngineContext {
  /**
   * Abort means stop watching. The work lives on and can be adopted by a later call
   * with the same key; only `cancel` stops work.
   */
  signal: AbortSignal;
  logger: LoggerService;
  key: WorkKey;
  secrets: SecretResolver;
  /**
   * The work was begun by an earlier call with the same key. What it has started is watched as
   * it is: started again it would look as if it had failed in another way, or not at all.
   */
  adopted?: boolean;
}
