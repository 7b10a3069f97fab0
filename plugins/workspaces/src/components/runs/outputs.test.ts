import type {
  Run,
  Stage,
  StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import { run, stages } from '../../__testUtils__/data';
import { outputsOf, sourceChanges } from '.';

function runWith(
  number: number,
  outputs: Partial<Record<StageName, Stage['outputs']>>,
  change: Partial<Run> = {},
): Run {
  return run({
    id: `r${number}`,
    number,
    stages: stages({ done: 8, start: 100 }).map(stage => ({
      ...stage,
      outputs: outputs[stage.name],
    })),
    ...change,
  });
}

describe('outputsOf', () => {
  it('gathers what the stages of an app made', () => {
    const made = runWith(1, {
      fetch: { revision: 'abc' },
      build: { image: 'a@sha256:1', digest: 'sha256:1' },
      deploy: { release: 7 },
      expose: { url: 'http://127.0.0.1:18000/' },
      verify: { release: 7 },
    });
    expect(outputsOf(made)).toEqual([
      {
        app: 'guestbook',
        revision: 'abc',
        image: 'a@sha256:1',
        digest: 'sha256:1',
        release: 7,
        url: 'http://127.0.0.1:18000/',
        verified: true,
      },
    ]);
  });

  it('tells what built an image, where the engine says it', () => {
    const builder = {
      name: 'kaniko',
      why: 'the configuration names it',
      warning: 'Build only what you trust.',
    };
    const built = (value: unknown) =>
      outputsOf(runWith(1, { build: { image: 'a', builder: value } }))[0]
        .builder;
    expect(built(builder)).toEqual(builder);
    expect(built(undefined)).toBeUndefined();
    expect(built({ why: 'no name' })).toBeUndefined();
  });

  it('counts the last attempt that succeeded, and nothing of one that failed', () => {
    const [attempt] = stages({ done: 8, start: 100 }).filter(
      ({ name }) => name === 'fetch',
    );
    const tried = run({
      stages: [
        { ...attempt, attempt: 1, outputs: { revision: 'first' } },
        { ...attempt, attempt: 2, outputs: { revision: 'second' } },
        { ...attempt, attempt: 3, state: 'failed', outputs: { revision: 'x' } },
      ],
    });
    expect(outputsOf(tried)).toEqual([
      expect.objectContaining({ revision: 'second', verified: false }),
    ]);
  });

  it('names the release that serves on where nothing had to be deployed', () => {
    const { stages: all, ...unchanged } = runWith(2, {
      verify: { release: 7 },
    });
    const skipped = all.map(stage =>
      stage.name === 'deploy' ? { ...stage, state: 'skipped' as const } : stage,
    );
    expect(outputsOf({ ...unchanged, stages: skipped })).toEqual([
      expect.objectContaining({ release: 7, verified: true }),
    ]);
  });
});

describe('sourceChanges', () => {
  const before = runWith(4, { fetch: { revision: 'old' } });
  const fetched = runWith(6, { fetch: { revision: 'new' } });

  it('compares with the run before that fetched the same app', () => {
    const others = runWith(
      5,
      { fetch: { revision: 'of another app' } },
      { apps: ['worker'] },
    );
    const later = runWith(7, { fetch: { revision: 'later' } });
    expect(
      sourceChanges(fetched, [later, fetched, others, run(), before]),
    ).toEqual([{ app: 'guestbook', before: 'old', after: 'new' }]);
  });

  it('says nothing of what was before where that is not known, and nothing of a run that fetched nothing', () => {
    expect(sourceChanges(fetched, [fetched])).toEqual([
      { app: 'guestbook', before: undefined, after: 'new' },
    ]);
    expect(sourceChanges(run({ kind: 'restart' }), [before])).toEqual([]);
  });
});
