import { mockServices } from '@backstage/backend-test-utils';
import {
  Answer,
  FakeApiServer,
  broken,
  event,
  pod,
  podList,
  refused,
  watched,
} from './__testUtils__/FakeApiServer';
import type { Cluster } from './Cluster';
import { ClusterObject, kinds } from './objects';
import { Change, Reflector, Sight } from './Reflector';

describe('Reflector', () => {
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

  function reflect(
    answers: Answer[],
    options: { inactivity?: number; onChange?: () => void } = {},
  ) {
    server.answerWith(...answers);
    const told: string[] = [];
    const sights: Sight[] = [];
    const logger = mockServices.logger.mock();
    const reflector = new Reflector(cluster, kinds.Pod, {
      logger,
      inactivity: options.inactivity,
      onChange: ({ type, object }: Change<ClusterObject>) => {
        told.push(`${type} ${object.metadata.name}`);
        options.onChange?.();
      },
      onSight: sight => sights.push(sight),
    });
    const running = reflector.run(stop.signal);
    const until = async (holds: () => boolean) => {
      const signal = AbortSignal.timeout(10_000);
      while (!holds())
        await reflector.changed(50, signal).catch(error => {
          throw new Error(`It did not come to it: ${told} ${server.asked}`, {
            cause: error,
          });
        });
    };
    return { reflector, running, told, sights, logger, until };
  }
  const names = (reflector: Reflector<ClusterObject>) =>
    reflector.objects.map(({ metadata }) => metadata.name).sort();

  it('lists, then watches from that version on', async () => {
    const { reflector, told, until } = reflect([
      podList('5', 'a'),
      watched([
        event('ADDED', pod('b', '6')),
        event('MODIFIED', pod('a', '7')),
        event('DELETED', pod('b', '8')),
      ]),
    ]);
    await until(() => told.length === 4);
    expect(told).toEqual(['seen a', 'seen b', 'seen a', 'gone b']);
    expect(names(reflector)).toEqual(['a']);
    expect(server.asked).toEqual(['GET /api/v1/pods', 'watch 5']);
    expect(reflector.objects[0].metadata.managedFields).toBeUndefined();
  });

  it('keeps what was written while a list was read, and knows again what had lost its labels for a while', async () => {
    const { reflector, told, until } = reflect([
      (...request) => {
        reflector.note({ ...kinds.Pod, ...pod('b', '9') });
        podList('5', 'a')(...request);
      },
      watched([
        event('DELETED', pod('a', '10')),
        event('ADDED', pod('a', '11')),
      ]),
    ]);
    await until(() => told.length === 4);
    expect(told).toEqual(['seen b', 'seen a', 'gone a', 'seen a']);
    reflector.note({ ...kinds.Pod, ...pod('a', '12') });
    expect(
      reflector.objects
        .map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`)
        .sort(),
    ).toEqual(['a 12', 'b 9']);
  });

  it('goes on from the last bookmark after a clean end', async () => {
    const { until } = reflect([
      podList('5'),
      watched([event('BOOKMARK', pod('', '20'))], 'end'),
      watched([]),
    ]);
    await until(() => server.requests.length === 3);
    expect(server.asked.slice(1)).toEqual(['watch 5', 'watch 20']);
  });

  it.each(['end', 'break'] as const)(
    'drops half a line and reads on (%s)',
    async how => {
      const line = event('ADDED', pod('b', '7'));
      const { reflector, until } = reflect([
        podList('5', 'a'),
        watched(
          [event('MODIFIED', pod('a', '6')), line.slice(0, line.length / 2)],
          how,
        ),
        watched([line]),
      ]);
      await until(() => reflector.objects.length === 2);
      expect(server.asked.slice(1)).toEqual(['watch 5', 'watch 6']);
    },
  );

  it.each([
    ['HTTP 410', refused(410, 'Expired')],
    [
      'an event with 410',
      watched([
        event('ERROR', {
          kind: 'Status',
          code: 410,
          reason: 'Expired',
          message: 'too old resource version: 5 (9)',
        }),
      ]),
    ],
  ])('lists again after %s, and tells what is gone', async (_, expired) => {
    const { reflector, told, until } = reflect([
      podList('5', 'a', 'b'),
      expired,
      podList('9', 'b', 'c'),
      watched([]),
    ]);
    await until(() => server.requests.length === 4);
    expect(names(reflector)).toEqual(['b', 'c']);
    expect(told).toContain('gone a');
    expect(server.asked[3]).toBe('watch 9');
    expect(reflector.sight.unreachable).toBeUndefined();
  });

  it.each([
    ['401', refused(401, 'Unauthorized')],
    ['403', refused(403, 'Forbidden')],
    ['429', refused(429, 'TooManyRequests', { 'retry-after': '0.1' })],
    ['500', refused(500, 'InternalError')],
    ['a reset', broken],
  ])('goes on watching after %s', async (name, fault) => {
    const twice = name === '401' ? [fault, fault] : [fault];
    const { reflector, sights, until } = reflect([
      podList('5', 'a'),
      ...twice,
      watched([event('ADDED', pod('b', '6'))]),
    ]);
    await until(() => reflector.objects.length === 2);
    expect(server.asked.at(-1)).toBe('watch 5');
    const away = sights.find(({ unreachable }) => unreachable);
    expect(away?.unreachable?.since).toBeInstanceOf(Date);
    expect(reflector.sight).toEqual({ synced: true });
  });

  it('goes on where listing fails for long, and says since when it sees nothing', async () => {
    const { reflector, until } = reflect([
      ...Array<Answer>(7).fill(refused(500, 'InternalError')),
      podList('5', 'a'),
      watched([]),
    ]);
    await until(() => reflector.sight.unreachable !== undefined);
    expect(reflector.sight).toMatchObject({
      synced: false,
      unreachable: { error: { status: 500 } },
    });
    await until(() => reflector.sight.synced);
    expect(reflector.sight).toEqual({ synced: true });
  }, 20_000);

  it('opens a watch anew that is silent for too long', async () => {
    const { until } = reflect([podList('5'), watched([]), watched([])], {
      inactivity: 200,
    });
    await until(() => server.requests.length >= 3);
    expect(server.asked.slice(1, 3)).toEqual(['watch 5', 'watch 5']);
  });

  it('asks again for what came as no JSON, and goes on from before it', async () => {
    const { reflector, told, logger, until } = reflect([
      podList('5'),
      watched([
        event('ADDED', pod('a', '6')),
        '{"type":"ADDED","object":{"metadata":\n',
        event('ADDED', pod('c', '8')),
      ]),
      watched([event('ADDED', pod('b', '7')), event('ADDED', pod('c', '8'))]),
    ]);
    await until(() => reflector.objects.length === 3);
    expect(told).toEqual(['seen a', 'seen b', 'seen c']);
    expect(server.asked.slice(1)).toEqual(['watch 5', 'watch 6']);
    expect(logger.debug).toHaveBeenCalledWith(
      expect.stringContaining('No event of a watch: {"type":"ADDED"'),
    );
  });

  it('lists again after a while, so that a removal that nobody told of is seen', async () => {
    const clock = jest.spyOn(Date, 'now');
    try {
      let end = () => {};
      const { reflector, told, until } = reflect([
        podList('5', 'a', 'b'),
        (request, response, url) => {
          watched([event('MODIFIED', pod('a', '6'))])(request, response, url);
          end = () => response.end();
        },
        podList('9', 'a'),
        watched([]),
      ]);
      await until(() => told.length === 3);
      clock.mockReturnValue(
        performance.timeOrigin + performance.now() + 660_000,
      );
      end();
      await until(() => told.includes('gone b'));
      expect(names(reflector)).toEqual(['a']);
      expect(server.asked[2]).toBe('GET /api/v1/pods');
    } finally {
      clock.mockRestore();
    }
  });

  it('does not go back to an older version, nor tells the same twice', async () => {
    const { told, until } = reflect([
      podList('10', 'a'),
      watched([
        event('MODIFIED', pod('a', '12')),
        event('MODIFIED', pod('a', '11')),
        event('MODIFIED', pod('a', '12')),
        event('DELETED', pod('b', '13')),
        event('ADDED', pod('c', '14')),
      ]),
    ]);
    await until(() => told.includes('seen c'));
    expect(told).toEqual(['seen a', 'seen a', 'seen c']);
  });

  it('outlives what its listener throws', async () => {
    const { told, logger, until } = reflect(
      [podList('5', 'a'), watched([event('ADDED', pod('b', '6'))])],
      {
        onChange: () => {
          throw new Error('listener');
        },
      },
    );
    await until(() => told.length === 2);
    expect(logger.error).toHaveBeenCalledTimes(2);
  });

  it('runs once, and ends with the signal', async () => {
    const { reflector, running, until } = reflect([podList('5'), watched([])]);
    const again = reflector.run(stop.signal);
    await until(() => server.requests.length === 2);
    stop.abort();
    await Promise.all([running, again]);
    expect(server.requests).toHaveLength(2);
  });
});
