import { randomBytes } from 'node:crypto';
import { mockServices } from '@backstage/backend-test-utils';
import { KubernetesHarness } from './__testUtils__/KubernetesHarness';
import { kinds } from './client';
import { Watch } from './engine/watch';

jest.setTimeout(60_000);

describe('the account that rbac.yaml gives a portal', () => {
  const harness = new KubernetesHarness();
  const name = `foreign-${randomBytes(4).toString('hex')}`;
  const foreign = { ...kinds.Namespace, metadata: { name } };
  const secret = {
    ...kinds.Secret,
    metadata: { name: 'some', namespace: name },
  };
  const refused = { status: expect.any(Number) };
  const label = 'slipway.dev/instance only';
  const outside = { ...refused, message: expect.stringContaining(label) };

  beforeAll(async () => {
    await harness.start();
    await harness.cluster.apply(foreign);
    await harness.cluster.apply(secret);
  });
  afterAll(async () => {
    await harness.cluster.delete({ ...kinds.Namespace, name });
    await harness.stop();
  });

  it('is all that the checks of the engine ask for', async () => {
    const context = {
      signal: new AbortController().signal,
      logger: mockServices.logger.mock(),
    };
    const engine = harness.createEngine();
    const states: Record<string, string> = {};
    const isolation = 'kubernetes-engine-isolation';
    do {
      for await (const { id, state, message } of engine.check(context)) {
        states[id] = /being tried/.test(message) ? 'later' : state;
      }
    } while (states[isolation] === 'later');
    expect(states).toEqual({
      'kubernetes-engine-reachable': 'passed',
      'kubernetes-engine-permissions': 'passed',
      'kubernetes-engine-storage': 'passed',
      'kubernetes-engine-endpoints': 'passed',
      [isolation]: 'passed',
    });
  });

  it('writes nothing where no workspace is, and makes no namespace its own', async () => {
    const { cluster } = harness.portal;
    const labels = { 'slipway.dev/instance': 'slipway' };
    await expect(cluster.apply(secret)).rejects.toMatchObject(outside);
    await expect(
      cluster.delete({ ...kinds.Namespace, name }),
    ).rejects.toMatchObject(outside);
    await expect(
      cluster.apply({ ...foreign, metadata: { name, labels } }),
    ).rejects.toMatchObject(outside);
    await expect(
      cluster.apply({ ...kinds.Namespace, metadata: { name: `${name}-2` } }),
    ).rejects.toMatchObject(outside);
  });

  it('is named by work that waits for what it may not see', async () => {
    const watch = new Watch(
      harness.portal.cluster,
      mockServices.logger.mock(),
      AbortSignal.timeout(50_000),
      { namespace: name, labels: {} },
    );
    watch.of(kinds.Secret);
    const waiting = async () => {
      for (;;) await watch.changed(5_000);
    };
    await expect(waiting()).rejects.toMatchObject({
      name: 'EngineError',
      evidence: [{ text: expect.stringContaining('secrets is forbidden') }],
    });
    watch.end();
  });

  it('reads no secrets', async () => {
    const { cluster } = harness.portal;
    const forbidden = { status: 403, reason: 'Forbidden' };
    await expect(
      cluster.get({ ...kinds.Secret, namespace: name, name: 'some' }),
    ).rejects.toMatchObject(forbidden);
    await expect(
      cluster.list(kinds.Secret, { namespace: name }),
    ).rejects.toMatchObject(forbidden);
  });
});
