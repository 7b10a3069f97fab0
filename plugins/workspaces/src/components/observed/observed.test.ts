import type {
  App,
  Dependency,
  Replica,
} from '@slipway/backstage-plugin-workspaces-common';
import {
  ago,
  endpoint,
  failedRun,
  run,
  workspace,
} from '../../__testUtils__/data';
import {
  appStanding,
  dependencyStanding,
  needsAction,
  summaryOf,
  workspaceStanding,
} from '.';

const now = Date.now();
const seen = { observedAt: ago(2), present: true };

function app(replicas: Partial<Replica>[], change: Partial<App> = {}): App {
  return {
    ...workspace().apps[0],
    release: 3,
    replicas: replicas.map((replica, index) => ({
      id: `c${index}`,
      release: 3,
      state: 'running',
      restarts: 0,
      ...replica,
    })),
    ...change,
  };
}

function of(replicas: number): Partial<App> {
  const { spec } = workspace().apps[0];
  return { spec: { ...spec, replicas } };
}

const exit = (seconds: number) => ({
  restarts: 3,
  lastExit: { reason: 'out of memory', exitCode: 137, at: ago(seconds) },
});

const postgres: Dependency = {
  name: 'postgres',
  type: 'postgres',
  version: '16.4',
  host: 'postgres',
  port: 5432,
  state: 'running',
};

describe('appStanding', () => {
  it.each([
    ['one replica runs', app([{}]), 'up'],
    ['a replica restarts', app([{ state: 'restarting' }]), 'down'],
    ['none is there', app([]), 'down'],
    ['the only one starts', app([{ state: 'starting' }]), 'starting'],
    ['one of two runs', app([{}], of(2)), 'degraded'],
    ['the second starts', app([{}, { state: 'starting' }], of(2)), 'starting'],
    ['one of two failed', app([{}, { state: 'failed' }], of(2)), 'degraded'],
    ['it was restarted just now', app([exit(60)]), 'degraded'],
    ['it was restarted long ago', app([exit(7_200)]), 'up'],
    ['it was scaled to nothing', app([], of(0)), 'stopped'],
    ['it still goes down', app([{}], of(0)), 'up'],
    ['nothing was released', app([], { release: undefined }), 'pending'],
    ['only the next release is there', app([{ release: 4 }]), 'down'],
  ] as const)('says where %s: %s', (_, given, expected) => {
    expect(appStanding(given, workspace(seen), now)).toBe(expected);
  });

  it.each([
    ['failed', 'deploy', ['guestbook'], 'failed'],
    ['cancelled', 'deploy', ['guestbook'], 'cancelled'],
    ['running', 'deploy', ['guestbook'], 'pending'],
    ['failed', 'deploy', ['other'], 'pending'],
    ['failed', 'delete', ['guestbook'], 'pending'],
  ] as const)(
    'says where nothing serves and the last run is %s (%s of %s): %s',
    (state, kind, apps, expected) => {
      const lastRun = summaryOf(run({ state, kind, apps: [...apps] }));
      const vain = workspace({ ...seen, lastRun });
      expect(appStanding(vain.apps[0], vain, now)).toBe(expected);
      expect(workspaceStanding(vain, now)).toBe(expected);
      // What serves is not judged by a run that did not change it.
      expect(appStanding(app([{}]), vain, now)).toBe('up');
    },
  );

  it('says nothing of what the engine does not see now', () => {
    const unseen = workspace({ observedAt: ago(300), present: undefined });
    expect(appStanding(app([{ state: 'unknown' }]), unseen, now)).toBe(
      'unknown',
    );
    expect(appStanding(app([]), unseen, now)).toBe('unknown');
  });
});

describe('dependencyStanding', () => {
  it('misses a dependency only when an app was deployed beside it', () => {
    const stopped = { ...postgres, state: 'stopped' } as const;
    expect(dependencyStanding(postgres, workspace())).toBe('up');
    expect(dependencyStanding(stopped, workspace())).toBe('pending');
    expect(dependencyStanding(stopped, workspace({ apps: [app([{}])] }))).toBe(
      'down',
    );
  });
});

describe('workspaceStanding', () => {
  it('is the worst of what belongs to it', () => {
    const worse = (apps: App[], dependencies: Dependency[] = []) =>
      workspaceStanding(workspace({ ...seen, apps, dependencies }), now);
    expect(worse([app([{}])], [postgres])).toBe('up');
    expect(worse([app([{}]), app([], of(0))])).toBe('up');
    expect(worse([app([{}]), app([exit(60)])])).toBe('degraded');
    expect(worse([app([{}])], [{ ...postgres, state: 'restarting' }])).toBe(
      'restarting',
    );
    expect(worse([app([], { release: undefined })])).toBe('pending');
    expect(worse([])).toBe('pending');
  });
});

describe('needsAction', () => {
  it('names nothing where all is well, or where nothing is known', () => {
    const well = workspace({ ...seen, apps: [app([{}])] });
    const endpoints = [endpoint(), endpoint({ state: 'unknown' })];
    const lastRun = summaryOf(run());
    expect(needsAction({ workspace: well, endpoints, lastRun }, now)).toEqual(
      [],
    );
    const unseen = workspace({ apps: [app([{ state: 'unknown' }])] });
    expect(needsAction({ workspace: unseen, endpoints: [] }, now)).toEqual([]);
  });

  it('names the failed run, and each part that is not well', () => {
    const ill = workspace({
      ...seen,
      apps: [app([{ state: 'restarting' }])],
      dependencies: [{ ...postgres, state: 'failed' }],
    });
    const needs = needsAction(
      {
        workspace: ill,
        endpoints: [endpoint({ state: 'down' })],
        lastRun: summaryOf(failedRun()),
      },
      now,
    );
    expect(needs.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'run failed',
      'app down',
      'dependency failed',
      'endpoint down',
    ]);
  });

  it('names a first deployment that failed once, as the run', () => {
    const lastRun = summaryOf(failedRun());
    const fresh = workspace({ ...seen, present: false, lastRun });
    expect(
      needsAction({ workspace: fresh, endpoints: [], lastRun }, now).map(
        ({ kind }) => kind,
      ),
    ).toEqual(['run']);
  });

  it('does not expect an answer of an app that was stopped', () => {
    const stopped = workspace({ ...seen, apps: [app([], of(0))] });
    const endpoints = [endpoint({ state: 'down' })];
    expect(needsAction({ workspace: stopped, endpoints }, now)).toEqual([]);
  });

  it('says once that nothing of the workspace is there', () => {
    const gone = workspace({ ...seen, present: false, apps: [app([])] });
    const endpoints = [endpoint({ state: 'down' })];
    expect(needsAction({ workspace: gone, endpoints }, now)).toEqual([
      { kind: 'absent', state: 'down' },
    ]);
    const fresh = workspace({ ...seen, present: false });
    expect(needsAction({ workspace: fresh, endpoints: [] }, now)).toEqual([]);
  });
});
