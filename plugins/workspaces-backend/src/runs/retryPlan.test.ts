import type {
  StageName,
  StageState,
} from '@slipway/backstage-plugin-workspaces-common';
import type { StageRow } from '../store/rows';
import { pipelineOf } from './pipeline';
import { stagesToRetry } from './retryPlan';

const apps = ['web', 'api'];
const run = { kind: 'deploy' as const, number: 7, state: 'failed' as const };

/** A run whose named stages did not succeed. */
function attempts(
  states: Record<string, StageState>,
  kind: 'deploy' | 'rollback' = 'deploy',
): StageRow[] {
  return pipelineOf(kind).flatMap(({ name, scope }) =>
    (scope === 'workspace' ? [''] : apps).map(
      app =>
        ({
          stage: name,
          app,
          attempt: 1,
          state: states[`${name}/${app}`] ?? 'succeeded',
        } as StageRow),
    ),
  );
}

function again(rows: StageRow[], from?: StageName, kind = run.kind): string[] {
  return stagesToRetry({ ...run, kind }, rows, from)
    .map(({ stage, app }) => `${stage}/${app}`)
    .sort();
}

const failedBuild = attempts({
  'build/web': 'failed',
  'migrate/web': 'skipped',
  'deploy/web': 'skipped',
  'expose/web': 'skipped',
  'verify/web': 'skipped',
});

describe('stagesToRetry', () => {
  it('does again what an app did not get through, and leaves the others alone', () => {
    expect(again(failedBuild)).toEqual([
      'build/web',
      'deploy/web',
      'expose/web',
      'migrate/web',
      'verify/web',
    ]);
  });

  it('does again what needs the named stage, of the apps that did not get through', () => {
    expect(again(failedBuild, 'fetch')).toContain('fetch/web');
    expect(again(failedBuild, 'dependencies')).toEqual([
      'build/web',
      'dependencies/',
      'deploy/web',
      'expose/web',
      'migrate/web',
      'verify/web',
    ]);
    expect(again(failedBuild, 'provision')).toEqual([
      'build/web',
      'dependencies/',
      'deploy/web',
      'expose/web',
      'fetch/web',
      'migrate/web',
      'provision/',
      'verify/web',
    ]);
  });

  it('includes what was not got through before a later stage that is named', () => {
    expect(again(failedBuild, 'verify')).toEqual(again(failedBuild));
  });

  it('deploys again where the verification failed, because what a failed run deployed is removed', () => {
    const rows = attempts({ 'verify/api': 'failed' });
    expect(again(rows)).toEqual(['deploy/api', 'expose/api', 'verify/api']);
    expect(again(rows, 'verify')).toEqual(again(rows));
  });

  it('counts a stage that had nothing to do as got through', () => {
    const rows = attempts({
      'migrate/web': 'skipped',
      'dependencies/': 'skipped',
      'deploy/web': 'failed',
      'expose/web': 'skipped',
      'verify/web': 'skipped',
    });
    expect(again(rows)).toEqual(['deploy/web', 'expose/web', 'verify/web']);
  });

  it('does all apps again where a stage of the workspace failed', () => {
    const rows = attempts(
      Object.fromEntries(
        attempts({}).map(row => [
          `${row.stage}/${row.app}`,
          row.stage === 'provision' ? 'failed' : 'skipped',
        ]),
      ),
    );
    expect(again(rows)).toHaveLength(rows.length);
  });

  it('needs the name of a stage where all was got through, and then does all apps again', () => {
    expect(() => again(attempts({}))).toThrow(
      'Run 7 got through all of its stages; name the stage to run again from',
    );
    expect(again(attempts({}), 'migrate')).toEqual([
      'deploy/api',
      'deploy/web',
      'expose/api',
      'expose/web',
      'migrate/api',
      'migrate/web',
      'verify/api',
      'verify/web',
    ]);
  });

  it('refuses a stage that the run does not have', () => {
    const rows = attempts({ 'verify/web': 'failed' }, 'rollback');
    expect(() =>
      stagesToRetry({ ...run, kind: 'rollback' }, rows, 'build'),
    ).toThrow(
      'from: "build" is no stage of run 7; accepted are deploy, expose, verify',
    );
  });
});
