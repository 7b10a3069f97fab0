import type { Config } from '@backstage/config';
import type { StageName } from '@slipway/backstage-plugin-workspaces-common';
import type { RunLimits } from '../store/runQueue';

/** How runs are carried out. */
export interface RunSettings {
  /** Over all replicas. */
  limits: RunLimits;
  /** Runs that this replica carries out at a time. */
  perReplica: number;
  /** Instead of the pipeline's own, in seconds. */
  deadlines: Partial<Record<StageName, number>>;
}

/** Reads `workspaces.runs`. */
export function readRunSettings(config: Config): RunSettings {
  const given = config.getOptionalConfig('workspaces.runs');
  const deadlines = given?.getOptionalConfig('deadlines');
  return {
    limits: {
      total: given?.getOptionalNumber('total') ?? 20,
      perOwner: given?.getOptionalNumber('perOwner') ?? 5,
    },
    perReplica: given?.getOptionalNumber('perReplica') ?? 4,
    deadlines: Object.fromEntries(
      (deadlines?.keys() ?? []).map(stage => [
        stage,
        deadlines?.getNumber(stage),
      ]),
    ),
  };
}
