import type { EngineContext } from '@slipway/backstage-plugin-workspaces-node';
import { ContractSuite } from '@slipway/backstage-plugin-workspaces-node/testUtils';
import { KubernetesHarness } from './__testUtils__/KubernetesHarness';
import { Pod, kinds } from './client';

jest.setTimeout(120_000);

describe('work on an app that does not stay up', () => {
  const harness = new KubernetesHarness();
  const suite = new ContractSuite(harness);
  const name = 'ws-adopted';
  const app = { kind: 'app', app: 'sample' } as const;
  const outcome = async (context: EngineContext) => {
    const crashing = await suite.app(name, {}, { BEHAVIOUR: 'crash' });
    const desired = suite.workspace(name, { apps: [crashing] });
    return suite.apply(desired, app, context).then(
      () => 'It came up',
      error => String(error.message),
    );
  };
  const pod = async () => {
    const { items } = await harness.cluster.list<Pod>(kinds.Pod, {
      namespace: name,
    });
    const [found] = items.filter(({ metadata }) => !metadata.deletionTimestamp);
    return found.metadata.uid;
  };

  beforeAll(() => suite.start());
  afterAll(async () => {
    await suite.destroy(name);
    await harness.stop();
  });

  it('only watches its pods where it is adopted, and starts them anew where it is done again', async () => {
    const context = suite.context();
    expect(await outcome(context)).toContain('It does not stay up');
    const first = await pod();
    expect(await outcome({ ...context, adopted: true })).toContain(
      'It does not stay up',
    );
    expect(await pod()).toBe(first);
    expect(await outcome(suite.context())).toContain('It does not stay up');
    expect(await pod()).not.toBe(first);
  });
});
