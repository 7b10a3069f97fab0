import { text } from 'node:stream/consumers';
import { mockServices } from '@backstage/backend-test-utils';
import type {
  DesiredApp,
  DesiredWorkspace,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  Answer,
  FakeApiServer,
  given,
  refused,
} from '../client/__testUtils__/FakeApiServer';
import type { Cluster } from '../client';
import { Names } from './names';
import { DEFAULT_SIZES } from './place';
import { Places } from './places';

const desired: DesiredWorkspace = {
  id: 'id-of-ws-test',
  name: 'ws-test',
  owner: 'user:default/guest',
  size: 'small',
  dependencies: [],
  apps: [],
};
const stages = { workspace: 'ws-test', run: 'run-1', attempt: 1 };

/** Which apps the namespace was said to have had, each time. */
let noted: string[];

/** An API server that takes all that is applied, and counts a quota at once. It does not keep anything. */
const taking: Answer = async (request, response, url) => {
  if (request.method === 'PATCH') {
    const object = JSON.parse(await text(request));
    const apps = object.metadata.annotations?.['slipway.dev/apps'];
    if (apps !== undefined) noted.push(apps);
    given({ ...object, status: { used: {} } })(request, response, url);
  } else {
    const quota = { metadata: { uid: 'q' }, status: { used: {} } };
    const list = { metadata: { resourceVersion: '5' }, items: [quota] };
    const answer = url.pathname.endsWith('/resourcequotas')
      ? given(list)
      : refused(404, 'NotFound');
    answer(request, response, url);
  }
};

describe('the place of a workspace', () => {
  const server = new FakeApiServer();
  const logger = mockServices.logger.mock();
  const { signal } = new AbortController();
  let cluster: Cluster;
  let places: Places;

  beforeAll(() => server.start());
  afterAll(() => server.stop());
  beforeEach(() => {
    cluster = server.cluster();
    places = new Places(
      cluster,
      { names: new Names('test'), sizes: DEFAULT_SIZES, reachable: [] },
      1_000,
      logger,
    );
    noted = [];
    server.answerWith(taking);
  });
  afterEach(() => cluster.close());

  /** What is applied for a stage. */
  async function applied(
    key: { stage: 'provision' | 'deploy'; attempt?: number },
    wanted: DesiredWorkspace = desired,
  ): Promise<string[]> {
    server.requests.length = 0;
    const work = { ...stages, ...key };
    await places.ensure(wanted, { key: work, signal }, () => {});
    return server.asked
      .filter(request => request.startsWith('PATCH'))
      .map(request => request.split('/').slice(-2).join('/'));
  }

  it('is made once for the stages of an attempt, and anew for a retry', async () => {
    const all = await applied({ stage: 'provision' });
    expect(all).toContain('networkpolicies/slipway');
    expect(await applied({ stage: 'deploy' })).toEqual([]);
    expect(await applied({ stage: 'deploy', attempt: 2 })).toEqual(all);
  });

  it('gets what another stage wants otherwise', async () => {
    await applied({ stage: 'provision' });
    const larger = { ...desired, size: 'large' as const };
    expect(await applied({ stage: 'deploy' }, larger)).toEqual([
      'resourcequotas/slipway',
    ]);
  });

  it('remembers the apps of all stages: what is built for them goes with the workspace', async () => {
    const app = (name: string) => ({ name } as DesiredApp);
    await applied({ stage: 'provision' });
    await applied({ stage: 'deploy' }, { ...desired, apps: [app('api')] });
    await applied({ stage: 'deploy' }, { ...desired, apps: [app('web')] });
    await applied({ stage: 'deploy' });
    expect(noted).toEqual(['', 'api', 'api,web']);
  });

  it('is made anew after it was removed, and after it could not be made', async () => {
    const all = await applied({ stage: 'provision' });
    places.forget('ws-test');
    expect(await applied({ stage: 'deploy' })).toEqual(all);
    server.answerWith(refused(403, 'Forbidden'));
    const larger = { ...desired, size: 'large' as const };
    await expect(applied({ stage: 'deploy' }, larger)).rejects.toThrow(
      'Could not make the ResourceQuota of ws-test',
    );
    server.answerWith(taking);
    expect(await applied({ stage: 'deploy' }, larger)).toEqual(all);
  });
});
