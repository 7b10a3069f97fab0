import type { MetricsService } from '@backstage/backend-plugin-api/alpha';
import type {
  RunKind,
  StageName,
} from '@slipway/backstage-plugin-workspaces-common';

/** What is counted of runs. Attributes are few and fixed: no names, no users. */
export interface RunMetrics {
  queueWaited(kind: RunKind, seconds: number): void;
  takenOver(kind: RunKind): void;
  runEnded(kind: RunKind, outcome: string, seconds: number): void;
  stageEnded(stage: StageName, outcome: string, seconds: number): void;
}

/** Counts through OpenTelemetry; times are in seconds. */
export function createRunMetrics(metrics: MetricsService): RunMetrics {
  const seconds = (name: string, description: string) =>
    metrics.createHistogram(name, { unit: 's', description });
  const queueWait = seconds(
    'slipway.runs.queue.wait',
    'Time from the queue to the claim of runs',
  );
  const takeovers = metrics.createCounter('slipway.runs.takeovers', {
    description: 'Runs that were taken over from another worker',
  });
  const runs = metrics.createCounter('slipway.runs.count', {
    description: 'Runs by outcome',
  });
  const runDuration = seconds(
    'slipway.runs.duration',
    'Time from the claim to the end of runs',
  );
  const stages = metrics.createCounter('slipway.stages.count', {
    description: 'Attempts of stages by outcome',
  });
  const stageDuration = seconds(
    'slipway.stages.duration',
    'Time that attempts of stages took',
  );
  return {
    queueWaited: (kind, value) => queueWait.record(value, { kind }),
    takenOver: kind => takeovers.add(1, { kind }),
    runEnded: (kind, outcome, value) => {
      runs.add(1, { kind, outcome });
      runDuration.record(value, { kind, outcome });
    },
    stageEnded: (stage, outcome, value) => {
      stages.add(1, { stage, outcome });
      stageDuration.record(value, { stage, outcome });
    },
  };
}
