import type {
  Run,
  StageName,
  StageState,
} from '@slipway/backstage-plugin-workspaces-common';
import { stageRows } from './stageRows';

/** A stage in a strip. Stages of several apps overlap; each counts from where the one before it ended. */
export interface StripSegment {
  name: StageName;
  state: StageState;
  /** Milliseconds. */
  length: number;
}

/**
 * The stages that have begun, with the time each added to the run. Time between attempts is left out.
 *
 * @param now - Milliseconds; the end of what still goes on.
 */
export function stripSegments(run: Run, now: number): StripSegment[] {
  const segments: StripSegment[] = [];
  let reached = 0;
  for (const row of stageRows(run)) {
    if (!row.startedAt || row.state === 'skipped') continue;
    const end = row.endedAt ? Date.parse(row.endedAt) : now;
    const length = Math.max(
      0,
      end - Math.max(Date.parse(row.startedAt), reached),
    );
    reached = Math.max(reached, end);
    segments.push({ name: row.name, state: row.state, length });
  }
  return segments;
}

/** Length of a whole strip, in milliseconds. */
export function stripLength(segments: StripSegment[]): number {
  return segments.reduce((sum, segment) => sum + segment.length, 0);
}
