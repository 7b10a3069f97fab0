import type { LoggerService } from '@backstage/backend-plugin-api';
import {
  finalStageStates,
  type Diagnosis,
  type FixedBy,
  type QueuePosition,
  type Run,
  type Stage,
} from '@slipway/backstage-plugin-workspaces-common';
import { formatDuration } from './formatDuration';

/** Something that happened in a run. */
interface Happening {
  /** The same for the same happening, whichever state of the run shows it. */
  key: string;
  at: number;
  lines: string[];
  failed?: boolean;
}

const fixers: Record<FixedBy, string> = {
  user: 'you',
  operator: 'whoever runs the portal',
  system: 'the portal itself',
};

const obstacles: Record<QueuePosition['waitsFor'], string> = {
  worker: 'a free worker',
  workspace: 'another run of the same workspace',
  owner: 'the limit of its owner',
  limit: 'the limit of the portal',
};

/**
 * Writes a run into the log of a task: when each stage began, how it ended and why. It is
 * told whole states of the run, so that nothing is missing where events were lost and
 * nothing is said twice where a state comes again.
 */
export class RunLog {
  readonly #logger: LoggerService;
  readonly #said: Set<string>;

  /** @param known - What this state of the run shows is not news. */
  constructor(logger: LoggerService, known?: Run) {
    this.#logger = logger;
    this.#said = new Set(known && happenings(known).map(({ key }) => key));
  }

  tell(run: Run): void {
    for (const { key, lines, failed } of happenings(run)) {
      if (this.#said.has(key)) continue;
      this.#said.add(key);
      for (const line of lines) {
        if (failed) this.#logger.error(line);
        else this.#logger.info(line);
      }
    }
  }
}

/** In the order of time. */
function happenings(run: Run): Happening[] {
  const all = [...waiting(run), ...run.stages.flatMap(stageHappenings)];
  return all.sort((a, b) => a.at - b.at);
}

function waiting({ number, queue, createdAt }: Run): Happening[] {
  if (!queue) return [];
  const line = `Run ${number} waits for ${
    obstacles[queue.waitsFor]
  }, at position ${queue.position}`;
  return [{ key: line, at: Date.parse(createdAt), lines: [line] }];
}

function stageHappenings(stage: Stage): Happening[] {
  const { name, app, attempt, state, startedAt, endedAt, diagnosis } = stage;
  const subject = stageTitle(stage);
  const key = [name, app, attempt].join('/');
  const found: Happening[] = [];
  if (startedAt) {
    const again = attempt > 1 ? `, attempt ${attempt}` : '';
    const lines = [`${subject}: started${again}`];
    found.push({ key: `${key} started`, at: Date.parse(startedAt), lines });
  }
  if (finalStageStates.includes(state)) {
    const reason = stage.reason && !diagnosis ? `: ${stage.reason}` : '';
    const ending = `${subject}: ${state}${durationOf(stage)}${reason}`;
    found.push({
      key: `${key} ended`,
      at: endedAt ? Date.parse(endedAt) : Number.MAX_SAFE_INTEGER,
      lines: [ending, ...(diagnosis ? diagnosisLines(diagnosis) : [])],
      failed: state === 'failed',
    });
  }
  return found;
}

/** A stage as the log names it. */
export function stageTitle({ name, app }: Pick<Stage, 'name' | 'app'>): string {
  return app ? `${name} ${app}` : name;
}

function durationOf({ startedAt, endedAt }: Stage): string {
  if (!startedAt || !endedAt) return '';
  return ` after ${formatDuration(
    Date.parse(endedAt) - Date.parse(startedAt),
  )}`;
}

function diagnosisLines(diagnosis: Diagnosis): string[] {
  const { code, cause, fix, fixedBy, evidence } = diagnosis;
  const sign = evidence.find(({ first }) => first) ?? evidence[0];
  const [text] = sign?.text.trim().split('\n') ?? [];
  return [
    `${code}: ${cause}`,
    `Fix, by ${fixers[fixedBy]}: ${fix}`,
    ...(text ? [`First sign, ${sign.source}: ${text}`] : []),
  ];
}
