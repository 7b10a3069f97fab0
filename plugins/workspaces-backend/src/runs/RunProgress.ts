import type { JsonObject } from '@backstage/types';
import type { StageName } from '@slipway/backstage-plugin-workspaces-common';
import type { StageRow } from '../store/rows';
import type { StageChange } from '../store/RunClaims';
import { latestAttempts } from '../store/runView';
import type { PipelineStage } from './pipeline';

/** How far a run has come: the newest attempt of each of its stages, and what follows from them. */
export class RunProgress {
  readonly #definitions: Map<StageName, PipelineStage>;
  readonly #rows: StageRow[];

  constructor(pipeline: PipelineStage[], attempts: StageRow[]) {
    this.#definitions = new Map(pipeline.map(stage => [stage.name, stage]));
    this.#rows = latestAttempts(attempts).map(row => ({ ...row }));
  }

  rows(): readonly StageRow[] {
    return this.#rows;
  }

  definition(name: StageName): PipelineStage {
    const definition = this.#definitions.get(name);
    if (!definition) throw new Error(`No stage "${name}" in this run`);
    return definition;
  }

  /** What the stage gave, of the app or, where it concerns the workspace, of that. */
  outputs(stage: StageName, app: string): JsonObject {
    const row = this.#find(stage, app);
    return row?.outputs ? JSON.parse(row.outputs) : {};
  }

  needsOf(row: StageRow): StageRow[] {
    return this.definition(row.stage).needs.flatMap(
      need => this.#find(need, row.app) ?? [],
    );
  }

  /** Whether what needs the stage may go on. One that had nothing to do is got through as well. */
  isThrough(row: StageRow): boolean {
    if (row.state === 'succeeded') return true;
    return (
      row.state === 'skipped' &&
      this.needsOf(row).every(need => this.isThrough(need))
    );
  }

  /** Stages that wait for nothing any more. */
  ready(): StageRow[] {
    return this.#rows.filter(
      row =>
        row.state === 'pending' &&
        this.needsOf(row).every(need => this.isThrough(need)),
    );
  }

  /** Stages that wait for what will not come, and why not. */
  blocked(): { row: StageRow; reason: string }[] {
    return this.#rows.flatMap(row => {
      const reason =
        row.state === 'pending' ? this.#whyBlocked(row) : undefined;
      return reason === undefined ? [] : [{ row, reason }];
    });
  }

  /** Takes in what was written. */
  apply(change: StageChange): void {
    const row = this.#find(change.key.stage, change.key.app);
    if (!row) throw new Error(`No stage "${change.key.stage}" in this run`);
    row.state = change.to;
    if (change.to === 'running') row.started_at = Date.now(); // near enough: nobody reckons with it
    row.reason = change.reason ?? null;
    row.outputs = change.outputs ? JSON.stringify(change.outputs) : null;
  }

  #whyBlocked(row: StageRow): string | undefined {
    for (const need of this.needsOf(row)) {
      if (need.state === 'failed') return `${need.stage} failed`;
      if (need.state === 'cancelled') return `${need.stage} was cancelled`;
      if (need.state === 'skipped' && !this.isThrough(need)) {
        return need.reason ?? `${need.stage} was skipped`;
      }
      const further =
        need.state === 'pending' ? this.#whyBlocked(need) : undefined;
      if (further) return further;
    }
    return undefined;
  }

  #find(stage: StageName, app: string): StageRow | undefined {
    const owner = this.definition(stage).scope === 'workspace' ? '' : app;
    return this.#rows.find(row => row.stage === stage && row.app === owner);
  }
}
