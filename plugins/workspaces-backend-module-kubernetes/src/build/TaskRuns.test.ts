import { mockServices } from '@backstage/backend-test-utils';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type { Cluster } from '../client';
import {
  FakeApiServer,
  given,
  refused,
} from '../client/__testUtils__/FakeApiServer';
import { Names } from '../engine/names';
import { TaskRuns } from './TaskRuns';

const names = new Names('mine');
const place = { namespace: 'ws-a-build', name: 'web' };
const { signal } = new AbortController();

describe('the TaskRun of a build', () => {
  const server = new FakeApiServer();
  let cluster: Cluster;
  let runs: TaskRuns;

  beforeAll(() => server.start());
  afterAll(() => server.stop());
  beforeEach(() => {
    cluster = server.cluster();
    const logger = mockServices.logger.mock();
    runs = new TaskRuns({ cluster, names, logger });
  });
  afterEach(() => cluster.close());

  function there(specification: string, of: Names) {
    server.answerWith(
      given({
        metadata: {
          ...place,
          labels: of.workspace('ws-a'),
          annotations: { [labels.specification]: specification },
        },
      }),
    );
  }

  it('is adopted where it is of this portal and builds the same', async () => {
    there('same', names);
    await expect(runs.find(place, 'same', signal)).resolves.toMatchObject({
      metadata: place,
    });
  });

  it.each([
    ['builds something else', 'other', names],
    ['is of another portal', 'same', new Names('another')],
  ])('is none of ours where it %s', async (_, specification, of) => {
    there(specification, of);
    await expect(runs.find(place, 'same', signal)).rejects.toThrow(
      'The TaskRun web is there already, and builds something else',
    );
  });

  it('is to be made where there is none', async () => {
    server.answerWith(refused(404, 'NotFound'));
    await expect(runs.find(place, 'same', signal)).resolves.toBeUndefined();
  });
});
