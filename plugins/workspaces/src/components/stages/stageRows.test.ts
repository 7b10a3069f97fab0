import {
  ago,
  failedRun,
  run,
  runningRun,
  stages,
  withStage,
} from '../../__testUtils__/data';
import { firstUnfinished, lineOfInterest, stageRows, stripSegments } from '.';

describe('stageRows', () => {
  it("orders the stages as a run goes through them, and a stage's attempts by number", () => {
    const first = {
      name: 'deploy',
      app: 'web',
      attempt: 1,
      state: 'failed',
      startedAt: ago(90),
      endedAt: ago(80),
    } as const;
    const second = {
      ...first,
      attempt: 2,
      state: 'succeeded',
      startedAt: ago(50),
      endedAt: ago(40),
    } as const;
    const fetched = {
      name: 'fetch',
      app: 'web',
      attempt: 1,
      state: 'succeeded',
    } as const;
    const rows = stageRows(run({ stages: [second, first, fetched] }));
    expect(rows.map(row => row.name)).toEqual(['fetch', 'deploy']);
    expect(rows[1]).toMatchObject({
      state: 'succeeded',
      startedAt: second.startedAt,
      endedAt: second.endedAt,
    });
    expect(rows[1].lines[0].last).toBe(second);
    expect(rows[1].lines[0].earlier).toEqual([first]);
  });

  it.each([
    [['succeeded', 'failed', 'running'], 'failed'],
    [['succeeded', 'running', 'pending'], 'running'],
    [['succeeded', 'pending'], 'pending'],
    [['succeeded', 'skipped'], 'succeeded'],
    [['skipped', 'skipped'], 'skipped'],
    [['succeeded', 'cancelled'], 'cancelled'],
  ] as const)(
    'says of apps that are %s that the stage is %s',
    (states, expected) => {
      const apps = states.map(
        (state, index) =>
          ({ name: 'build', app: `app${index}`, attempt: 1, state } as const),
      );
      expect(stageRows(run({ stages: apps }))[0].state).toBe(expected);
    },
  );

  it('has no end while one app goes on', () => {
    const web = {
      name: 'build',
      app: 'web',
      attempt: 1,
      state: 'succeeded',
      startedAt: ago(60),
      endedAt: ago(30),
    } as const;
    const api = {
      name: 'build',
      app: 'api',
      attempt: 1,
      state: 'running',
      startedAt: ago(50),
    } as const;
    const [row] = stageRows(run({ stages: [web, api] }));
    expect(row).toMatchObject({ startedAt: web.startedAt, endedAt: undefined });
  });

  it('leads the reader to what failed, else to what goes on, else to what ended last', () => {
    expect(lineOfInterest(stageRows(failedRun()))?.name).toBe('build');
    expect(lineOfInterest(stageRows(runningRun()))?.name).toBe('build');
    expect(lineOfInterest(stageRows(run()))?.name).toBe('verify');
    const stopped = stages({ done: 4, start: 60 }).map(stage => {
      if (stage.name === 'dependencies')
        return { ...stage, state: 'skipped' as const };
      if (stage.name === 'verify')
        return { ...stage, state: 'cancelled' as const };
      return stage.name === 'build'
        ? { ...stage, state: 'cancelled' as const }
        : stage;
    });
    expect(lineOfInterest(stageRows(run({ stages: stopped })))?.name).toBe(
      'build',
    );
    expect(lineOfInterest([])).toBeUndefined();
    expect(firstUnfinished(stageRows(failedRun()))).toBe('build');
    expect(firstUnfinished(stageRows(run()))).toBeUndefined();
  });
});

describe('stripSegments', () => {
  it('counts time that stages share once, and time between attempts not at all', () => {
    const web = {
      name: 'build',
      app: 'web',
      attempt: 1,
      state: 'succeeded',
      startedAt: ago(100),
      endedAt: ago(60),
    } as const;
    const deployed = {
      name: 'deploy',
      app: 'api',
      attempt: 1,
      state: 'succeeded',
      startedAt: ago(80),
      endedAt: ago(50),
    } as const;
    const retried = {
      name: 'verify',
      app: 'api',
      attempt: 2,
      state: 'running',
      startedAt: ago(5),
    } as const;
    const lengths = stripSegments(
      run({ stages: [web, deployed, retried] }),
      Date.now(),
    ).map(({ name, length }) => [name, Math.round(length / 1_000)]);
    expect(lengths).toEqual([
      ['build', 40],
      ['deploy', 10],
      ['verify', 5],
    ]);
  });

  it('leaves out what has not begun and what was skipped', () => {
    const skipped = {
      state: 'skipped',
      startedAt: ago(30),
      endedAt: ago(30),
    } as const;
    const list = withStage(stages({ done: 4, start: 60 }), 'fetch', skipped);
    const names = stripSegments(run({ stages: list }), Date.now()).map(
      ({ name }) => name,
    );
    expect(names).toEqual(['provision', 'build', 'dependencies']);
  });
});
