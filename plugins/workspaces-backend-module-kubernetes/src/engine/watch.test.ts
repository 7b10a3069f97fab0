import { mockServices } from '@backstage/backend-test-utils';
import { FakeApiServer, refused } from '../client/__testUtils__/FakeApiServer';
import { Cluster, kinds } from '../client';
import { Watch } from './watch';

const ALL_BUT_DATE = [
  ...(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const),
  ...(['setImmediate', 'clearImmediate', 'nextTick'] as const),
  ...(['queueMicrotask', 'performance', 'hrtime'] as const),
];

describe('a watch of the parts of a workspace', () => {
  const server = new FakeApiServer();
  let cluster: Cluster;

  beforeAll(() => server.start());
  afterAll(() => server.stop());
  beforeEach(() => {
    cluster = server.cluster();
  });
  afterEach(() => cluster.close());

  it('fails where the portal may not look for a while, however long it has looked before', async () => {
    const { signal } = new AbortController();
    const watch = new Watch(cluster, mockServices.logger.mock(), signal, {
      namespace: 'ws-test',
      labels: {},
    });
    const later = (milliseconds: number) =>
      jest.setSystemTime(Date.now() + milliseconds);
    jest.useFakeTimers({ doNotFake: ALL_BUT_DATE });
    try {
      later(120_000); // a build takes its time
      server.answerWith(refused(403, 'Forbidden'));
      const pods = watch.of(kinds.Pod);
      while (!pods.sight.unreachable) await watch.changed(10_000);
      await watch.changed(0); // an API server that begins refuses for a moment
      later(60_000);
      await expect(watch.changed(0)).rejects.toThrow(
        'The cluster does not let the portal look',
      );
    } finally {
      jest.useRealTimers();
      watch.end();
    }
  });
});
