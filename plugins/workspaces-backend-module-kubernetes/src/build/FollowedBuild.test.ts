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
  function follow({
    run,
    pods = [],
    lines = [],
  }: {
    run: object | undefined;
    pods?: object[];
    lines?: string[];
  }) {
    server.answerWith((request, response, url) => {
      const isRuns = url.pathname.endsWith('/taskruns');
      const listed = isRuns ? [run] : pods;
      const isListed = isRuns || url.pathname.endsWith('/pods');
      const answer = url.searchParams.has('watch')
        ? watched(isRuns ? lines : [])
        : given({
            metadata: { resourceVersion: '5' },
            items: isListed ? listed.filter(Boolean) : [],
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
    expect(await outcomeOf(follow({ run, lines }))).toBe(
      'The TaskRun web was removed while it ran',
    );
  });

  const started = { type: 'Succeeded', status: 'Unknown', reason: 'Started' };
  const taken = { metadata, status: { conditions: [started] } };
  const over = {
    metadata: {
      name: 'web-pod',
      uid: 'uid-pod',
      namespace: 'ws-a-build',
      labels: { 'tekton.dev/taskRun': 'web' },
    },
    status: { phase: 'Failed' },
  };

  it.each([
    ['Tekton has not taken the TaskRun up yet', { metadata }, []],
    [
      'Tekton has taken the TaskRun up, but there is no pod of it yet',
      taken,
      [],
    ],
    [
      'The pod of the TaskRun has ended, but Tekton has not said so yet',
      taken,
      [over],
    ],
  ])('says it, and goes on: %s', async (text, run, pods) => {
    let now = performance.timeOrigin + performance.now();
    const clock = jest.spyOn(Date, 'now');
    clock.mockImplementation(() => (now += 10_000)); // with each look at it
    try {
      const events = follow({ run, pods });
      const said = await events.next();
      expect(said).toMatchObject({ value: { type: 'log', text } });
      const next = events.next();
      stop.abort(new Error('seen enough'));
      await expect(next).rejects.toThrow('seen enough');
    } finally {
      clock.mockRestore();
    }
  });
});
