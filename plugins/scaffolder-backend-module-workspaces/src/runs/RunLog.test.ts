import { mockServices } from '@backstage/backend-test-utils';
import type { Run } from '@slipway/backstage-plugin-workspaces-common';
import {
  at,
  buildFailed,
  building,
  built,
  deploySkipped,
  provisioned,
  queuedRun,
  workspace,
} from '../__testUtils__/data';
import { RunLog } from './RunLog';

const queued = queuedRun(workspace('ws-shop', ['web']), ['web']);

/** What is written when a log is told these states of a run. */
function linesOf(states: Run[], known?: Run): string[] {
  const lines: string[] = [];
  const logger = mockServices.logger.mock({
    info: line => lines.push(line),
    error: line => lines.push(`error: ${line}`),
  });
  const log = new RunLog(logger, known);
  states.forEach(state => log.tell(state));
  return lines;
}

describe('the log of a run', () => {
  it('says why it waits, once for each position', () => {
    const second = {
      ...queued,
      queue: { position: 2, waitsFor: 'workspace' as const },
    };
    const first = {
      ...queued,
      queue: { position: 1, waitsFor: 'worker' as const },
    };
    expect(linesOf([second, second, first])).toEqual([
      'Run 1 waits for another run of the same workspace, at position 2',
      'Run 1 waits for a free worker, at position 1',
    ]);
  });

  it('says when a stage begins and after how long it ended, each once', () => {
    const states = [
      [provisioned],
      [provisioned, building],
      [provisioned, built],
    ];
    const runs = states.map(stages => ({ ...queued, stages }));
    expect(linesOf([...runs, ...runs])).toEqual([
      'provision: started',
      'provision: succeeded after 0.4 s',
      'build web: started',
      'build web: succeeded after 1 min 20 s',
    ]);
  });

  it('misses nothing of a run that it sees only when it has ended, in the order of time', () => {
    const api = { ...built, app: 'api', startedAt: at(3), endedAt: at(5) };
    expect(linesOf([{ ...queued, stages: [built, api] }])).toEqual([
      'build web: started',
      'build api: started',
      'build api: succeeded after 2.0 s',
      'build web: succeeded after 1 min 20 s',
    ]);
  });

  it('names the cause of a failure, the fix, who can do it and the first sign', () => {
    const stages = [building, deploySkipped].map((stage, index) =>
      index === 0 ? buildFailed : stage,
    );
    expect(linesOf([{ ...queued, stages }])).toEqual([
      'build web: started',
      'error: build web: failed after 7.0 s',
      'error: BUILD_STEP_FAILED: RUN npm ci in line 7 of the Dockerfile ended with exit code 1.',
      'error: Fix, by you: Correct that instruction, then retry.',
      'error: First sign, step 5 of 7: npm error code E404',
      'deploy web: skipped: build failed',
    ]);
  });

  it('leaves out what a run had shown before it was retried', () => {
    const before: Run = {
      ...queued,
      state: 'failed',
      stages: [provisioned, buildFailed],
    };
    const again = { ...building, attempt: 2, startedAt: at(20) };
    const retried: Run = {
      ...before,
      state: 'running',
      stages: [...before.stages, again],
    };
    expect(linesOf([retried], before)).toEqual([
      'build web: started, attempt 2',
    ]);
  });
});
