import { mockServices } from '@backstage/backend-test-utils';
import { isError } from '@backstage/errors';
import { BuildEvent } from '@slipway/backstage-plugin-workspaces-node';
import type { Cluster } from '../client';
import {
  event,
  FakeApiServer,
  given,
  watched,
} from '../client/__testUtils__/FakeApiServer';
import { FollowedBuild } from './FollowedBuild';
import { strategies } from './strategies';
import { TaskRunWatch } from './TaskRunWatch';

const metadata = {
  ...{ name: 'web', namespace: 'ws-a-build', uid: 'uid-web' },
  resourceVersion: '5',
};

describe('a build that is followed', () => {
  const server = new FakeApiServer();
  let cluster: Cluster;
  let stop: AbortController;

  beforeAll(() => server.start());
  afterAll(() => server.stop());
  beforeEach(() => {
    cluster = server.cluster();
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await cluster.close();
  });

  /** The TaskRun as the API server lists it, and what its watch says then. */
  function follow(run: object | undefined, ...lines: string[]) {
    server.answerWith((request, response, url) => {
      const isRuns = url.pathname.endsWith('/taskruns');
      const answer = url.searchParams.has('watch')
        ? watched(isRuns ? lines : [])
        : given({
            metadata: { resourceVersion: '5' },
            items: isRuns && run ? [run] : [],
          });
      answer(request, response, url);
    });
    const watch = new TaskRunWatch(
      cluster,
      { namespace: 'ws-a-build', name: 'web' },
      { logger: mockServices.logger.mock(), signal: stop.signal },
    );
    const { signal } = stop;
    const strategy = strategies.buildkit;
    return new FollowedBuild(cluster, watch, { strategy, signal }).events(
      'web',
    );
  }

  async function outcomeOf(events: AsyncGenerator<BuildEvent, unknown>) {
    try {
      for (;;) if ((await events.next()).done) return 'It succeeded';
    } catch (error) {
      return isError(error) ? error.message : String(error);
    }
  }

  it.each([
    ['while it ran', { metadata }, [event('DELETED', { metadata })]],
    ['before it was watched', undefined, []],
  ])('ends where somebody removes the TaskRun %s', async (_, run, lines) => {
    expect(await outcomeOf(follow(run, ...lines))).toBe(
      'The TaskRun web was removed while it ran',
    );
  });

  it('says that Tekton does not take the TaskRun up, and goes on', async () => {
    const clock = jest.spyOn(Date, 'now');
    try {
      const events = follow({ metadata });
      const said = events.next();
      const begun = performance.timeOrigin + performance.now();
      clock.mockReturnValue(begun + 60_000);
      expect(await said).toMatchObject({
        value: {
          type: 'log',
          text: 'Tekton has not taken the TaskRun up yet',
        },
      });
      const next = events.next();
      stop.abort(new Error('seen enough'));
      await expect(next).rejects.toThrow('seen enough');
    } finally {
      clock.mockRestore();
    }
  });
});
