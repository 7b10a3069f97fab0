import type { Workspace } from '@slipway/backstage-plugin-workspaces-common';
import {
  ago,
  endpoint,
  failedRun,
  runningRun,
  workspace,
} from '../../__testUtils__/data';
import { summaryOf } from '../observed';
import { countStates, standingOf, worstFirst } from './standings';

const now = Date.now();
const [guestbook] = workspace().apps;
const up = {
  observedAt: ago(2),
  present: true,
  apps: [
    {
      ...guestbook,
      release: 3,
      replicas: [
        { id: 'c', release: 3, state: 'running', restarts: 0 } as const,
      ],
    },
  ],
};

function standing(name: string, change: Partial<Workspace>) {
  return standingOf(workspace({ name, ...change }), [], now);
}

const failed = summaryOf(failedRun());
const running = summaryOf(runningRun());

describe('standings of workspaces', () => {
  it('put what needs action first, the worst of it at the top, then go by name', () => {
    const standings = [
      standing('up-b', up),
      standing('new', {}),
      standing('unseen', { ...up, present: undefined }),
      standing('absent', { ...up, present: false }),
      standing('up-a', { ...up, lastRun: running }),
      standing('failed', { ...up, lastRun: failed }),
    ];
    const sorted = worstFirst(standings);
    expect(
      sorted.map(({ workspace: { name }, state }) => `${name} ${state}`),
    ).toEqual([
      'failed failed',
      'absent down',
      'unseen unknown',
      'new pending',
      'up-a running',
      'up-b up',
    ]);
    expect(countStates(sorted)).toEqual([
      ['failed', 1],
      ['down', 1],
      ['unknown', 1],
      ['running', 1],
      ['up', 1],
      ['pending', 1],
    ]);
  });

  it('hear of an address that does not answer, though the replica runs', () => {
    const down = endpoint({ state: 'down' });
    expect(standingOf(workspace(up), [down], now)).toMatchObject({
      state: 'down',
      needs: [{ kind: 'endpoint' }],
    });
    expect(standingOf(workspace(up), [endpoint()], now)).toMatchObject({
      state: 'up',
      needs: [],
    });
  });

  it('are what the last run says where nothing serves', () => {
    expect(standing('a', { lastRun: failed }).state).toBe('failed');
    const cancelled = summaryOf(failedRun({ state: 'cancelled' }));
    expect(standing('a', { lastRun: cancelled }).state).toBe('cancelled');
    expect(standing('a', { lastRun: running }).state).toBe('running');
  });

  it('are not calmed by a run that goes on', () => {
    const lastRun = running;
    expect(standing('a', { ...up, present: false, lastRun }).state).toBe(
      'down',
    );
  });
});
