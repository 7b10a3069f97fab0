import { mockServices } from '@backstage/backend-test-utils';
import { Bell } from '@slipway/backstage-plugin-workspaces-node/engines';
import {
  Answer,
  FakeApiServer,
  event,
  given,
  pod,
  podList,
  refused,
  watched,
} from './__testUtils__/FakeApiServer';
import type { Cluster } from './Cluster';
import { ClusterObject, kinds } from './objects';
import type { Seen, SharedReflectors } from './SharedReflectors';

const labels = { 'slipway.dev/instance': 'slipway' };

function service(name: string, resourceVersion: string, own = labels) {
  const { metadata } = pod(name, resourceVersion);
  return { ...kinds.Service, metadata: { ...metadata, labels: own } };
}

const reference = { ...kinds.Service, namespace: 'ws-test', name: 'web' };

describe('SharedReflectors', () => {
  const server = new FakeApiServer();
  let cluster: Cluster;
  let shared: SharedReflectors;
  let stop: AbortController;

  beforeAll(() => server.start());
  afterAll(() => server.stop());
  beforeEach(() => {
    cluster = server.cluster();
    stop = new AbortController();
    const logger = mockServices.logger.mock();
    shared = cluster.share({ labels, logger });
  });
  afterEach(() => cluster.close());

  /** Watches services; the first answers are those to the list and the watch. */
  async function watch(list: Answer, watching: Answer, ...answers: Answer[]) {
    const watches = new Promise<void>(begun => {
      const first: Answer = (...request) => {
        begun();
        watching(...request);
      };
      server.answerWith(list, first, ...answers);
    });
    const bell = new Bell();
    const services: Seen<ClusterObject> = shared.watch(
      kinds.Service,
      () => bell.ring(),
      stop.signal,
    );
    const until = async (holds: () => boolean) => {
      while (!holds()) await bell.wait(10_000, AbortSignal.timeout(10_000));
    };
    await watches;
    return { services, until };
  }

  it('watches a kind once, however many ask about it', async () => {
    const { services } = await watch(podList('5', 'web'), watched([]));
    const others = shared.watch(kinds.Service, () => {}, stop.signal);
    expect(others.objects).toEqual(services.objects);
    expect(await cluster.get(reference)).toMatchObject({
      metadata: { name: 'web' },
    });
    expect(server.asked).toEqual(['GET /api/v1/services', 'watch 5']);
  });

  it('knows at once what was written through the cluster, and asks about what it does not know', async () => {
    await watch(
      podList('5'),
      watched([]),
      given(service('web', '7')),
      given(service('foreign', '8', { 'slipway.dev/instance': 'other' })),
      refused(404, 'NotFound'),
    );
    await cluster.apply(service('web', '0'));
    expect((await cluster.get(reference))?.metadata.resourceVersion).toBe('7');
    await cluster.apply(service('foreign', '0'));
    const foreign = { ...reference, name: 'foreign' };
    expect(await cluster.get(foreign)).toBeUndefined();
    expect(server.asked.slice(2)).toEqual([
      'PATCH /api/v1/namespaces/ws-test/services/web',
      'PATCH /api/v1/namespaces/ws-test/services/foreign',
      'GET /api/v1/namespaces/ws-test/services/foreign',
    ]);
  });

  it('takes for absent what is not in sight of a namespace that was just made, of kinds that the portal makes', async () => {
    await watch(podList('5'), watched([]), refused(404, 'NotFound'));
    cluster.noteMade('ws-test');
    expect(await cluster.get(reference)).toBeUndefined();
    const secret = { ...kinds.Secret, namespace: 'ws-test', name: 'web' };
    expect(await cluster.get(secret)).toBeUndefined();
    expect(server.asked.slice(2)).toEqual([
      'GET /api/v1/namespaces/ws-test/secrets/web',
    ]);
  });

  it('asks about a namespace again that was made and removed', async () => {
    await watch(
      podList('5'),
      watched([]),
      given({ kind: 'Status', metadata: {} }),
      refused(404, 'NotFound'),
    );
    cluster.noteMade('ws-test');
    await cluster.delete({ ...kinds.Namespace, name: 'ws-test' });
    expect(await cluster.get(reference)).toBeUndefined();
    expect(server.asked.at(-1)).toBe(
      'GET /api/v1/namespaces/ws-test/services/web',
    );
  });

  it('does not bring back what was seen to go, whenever the answer to a write arrives', async () => {
    const { services, until } = await watch(
      podList('5', 'web'),
      watched([event('DELETED', service('web', '9'))]),
      given(service('web', '8')),
    );
    await until(() => services.objects.length === 0);
    await cluster.merge(reference, {});
    expect(services.objects).toEqual([]);
  });

  it('gives what there is of a namespace and labels, and asks about it until all is known', async () => {
    const selection = { namespace: 'ws-test', labels: { app: 'web' } };
    const list = { metadata: { resourceVersion: '5' } };
    const web = service('web', '5', { ...labels, app: 'web' } as never);
    const other = service('other', '5');
    server.answerWith((request, response, url) => {
      const answer = url.searchParams.has('watch')
        ? watched([])
        : given({ ...list, items: [web, other] });
      answer(request, response, url);
    });
    const first = await cluster.present(kinds.Service, selection);
    expect(first).toHaveLength(2); // as the API server selects
    expect(server.asked).toContain('GET /api/v1/namespaces/ws-test/services');
    const bell = new Bell();
    const { sight } = shared.watch(
      kinds.Service,
      () => bell.ring(),
      stop.signal,
    );
    if (!sight.synced) await bell.wait(10_000, AbortSignal.timeout(10_000));
    server.requests.length = 0;
    const known = await cluster.present(kinds.Service, selection);
    expect(known.map(({ metadata }) => metadata.name)).toEqual(['web']);
    expect(server.asked).not.toContain(
      'GET /api/v1/namespaces/ws-test/services',
    );
  });

  it('keeps the warnings of all namespaces: events have no labels', async () => {
    await new Promise<void>(seen => {
      const list: Answer = (...request) => {
        podList('5')(...request);
        seen();
      };
      server.answerWith(list, watched([]));
      shared.watch(kinds.Event, () => {}, stop.signal);
    });
    const [{ url }] = server.requests;
    expect(url.pathname).toBe('/api/v1/events');
    expect(url.searchParams.get('fieldSelector')).toBe('type=Warning');
    expect(url.searchParams.has('labelSelector')).toBe(false);
  });

  it('asks the cluster while it cannot be seen', async () => {
    const { services, until } = await watch(
      podList('5', 'web'),
      watched([], 'end'),
      refused(403, 'Forbidden'),
    );
    await until(() => services.sight.unreachable !== undefined);
    await expect(cluster.get(reference)).rejects.toThrow('said Forbidden');
  });
});
