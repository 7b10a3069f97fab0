import type { Run } from '@slipway/backstage-plugin-workspaces-common';
import { runLogStream, type LogStore } from '../logs/LogStore';
import type { RunRow } from '../store/rows';
import type { RunStore } from '../store/RunStore';
import { toRun } from '../store/runView';
import type { WorkspaceStore } from '../store/WorkspaceStore';

/** Puts together what the API says of runs. */
export class RunReader {
  readonly #runs: RunStore;
  readonly #workspaces: WorkspaceStore;
  readonly #logs: LogStore;

  constructor(options: {
    runs: RunStore;
    workspaces: WorkspaceStore;
    logs: LogStore;
  }) {
    this.#runs = options.runs;
    this.#workspaces = options.workspaces;
    this.#logs = options.logs;
  }

  /** Runs as lists show them, in the order of the rows: without evidence and sizes of logs. */
  async summaries(rows: RunRow[]): Promise<Run[]> {
    return this.#present(rows, false);
  }

  /** A run with all that is known of it. */
  async whole(row: RunRow): Promise<Run> {
    const [run] = await this.#present([row], true);
    return run;
  }

  async #present(rows: RunRow[], whole: boolean): Promise<Run[]> {
    const ids = rows.map(row => row.id);
    const [stages, queue, workspaces] = await Promise.all([
      this.#runs.stages(ids),
      this.#runs.queuePositions(
        rows.filter(row => row.state === 'queued').map(row => row.id),
      ),
      this.#workspaces.getMany([...new Set(rows.map(row => row.workspace_id))]),
    ]);
    const streamOf = (run: string, stage: (typeof stages)[number]) =>
      runLogStream(run, stage.stage, stage.app || undefined);
    const lines = whole
      ? await this.#logs.lastLines(
          stages.map(stage => streamOf(stage.run_id, stage)),
        )
      : new Map<string, number>();
    return rows.map(row =>
      toRun(
        row,
        stages.filter(stage => stage.run_id === row.id),
        {
          workspaceName:
            workspaces.find(workspace => workspace.id === row.workspace_id)
              ?.name ?? '',
          queue: queue.get(row.id),
          withoutEvidence: !whole,
          logLines: (stage, app) =>
            lines.get(runLogStream(row.id, stage, app || undefined)),
        },
      ),
    );
  }
}
