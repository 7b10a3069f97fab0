import { randomBytes } from 'node:crypto';
import { mockServices } from '@backstage/backend-test-utils';
import { openTestCluster, testCluster } from '../__testUtils__/testCluster';
import { ClusterObject, kinds } from './objects';
import { Pod, followPodLog, readPodLog } from './PodLog';
import { Reflector } from './Reflector';

jest.setTimeout(60_000);

describe('Cluster, on a real one', () => {
  const cluster = openTestCluster();
  const name = `client-${randomBytes(4).toString('hex')}`;
  const namespace = { ...kinds.Namespace, metadata: { name } };
  const secret = (data: Record<string, string>): ClusterObject => ({
    ...kinds.Secret,
    metadata: { name: 'some', namespace: name, labels: { of: 'test' } },
    data,
  });
  const reference = { ...kinds.Secret, namespace: name, name: 'some' };

  beforeAll(() => cluster.apply(namespace));
  afterAll(async () => {
    await cluster.delete({ ...kinds.Namespace, name });
    await cluster.close();
  });

  it('applies as one of several who write, and says what would come of it', async () => {
    const tried = await cluster.apply(secret({ a: 'MQ==' }), { dryRun: true });
    expect(tried).toMatchObject({ data: { a: 'MQ==' } });
    expect(await cluster.get(reference)).toBeUndefined();

    const made = await cluster.apply(secret({ a: 'MQ==', b: 'Mg==' }));
    await cluster.merge(reference, { data: { other: 'Mw==' } });
    const again = await cluster.apply(secret({ a: 'MQ==' }));
    expect(again.metadata.uid).toBe(made.metadata.uid);
    expect(again.data).toEqual({ a: 'MQ==', other: 'Mw==' });
    const raw = await cluster.call<ClusterObject>({
      method: 'GET',
      path: `/api/v1/namespaces/${name}/secrets/some`,
    });
    const managers = raw.metadata.managedFields ?? [];
    expect(
      managers.map(({ manager, operation }) => `${manager} ${operation}`),
    ).toContain('slipway Apply');
  });

  it('says why it was refused', async () => {
    const wrong = { ...secret({}), type: 7 };
    await expect(cluster.apply(wrong)).rejects.toMatchObject({
      name: 'ClusterError',
      status: expect.any(Number),
      message: expect.stringContaining('type'),
    });
    const uid = '00000000-0000-0000-0000-000000000000';
    await expect(cluster.delete(reference, { uid })).rejects.toMatchObject({
      status: 409,
      reason: 'Conflict',
    });
  });

  it('sees what happens, and takes a removal of nothing for done', async () => {
    const stop = new AbortController();
    const told: string[] = [];
    const reflector = new Reflector(cluster, kinds.Secret, {
      selection: { namespace: name, labelSelector: 'of=test' },
      logger: mockServices.logger.mock(),
      onChange: ({ type, object }) =>
        told.push(`${type} ${object.metadata.name}`),
    });
    const running = reflector.run(stop.signal);
    const until = async (holds: () => boolean) => {
      const signal = AbortSignal.timeout(10_000);
      while (!holds()) await reflector.changed(1_000, signal);
    };
    await until(() => reflector.sight.synced);
    expect(told).toEqual(['seen some']);
    expect(await cluster.delete(reference)).toBe('asked');
    await until(() => told.length === 2);
    expect(told[1]).toBe('gone some');
    expect(await cluster.delete(reference)).toBe('absent');
    stop.abort();
    await running;
  });

  it('follows the output of a pod to its end', async () => {
    const pod: Pod = {
      ...kinds.Pod,
      metadata: { name: 'speaker', namespace: name },
      spec: {
        restartPolicy: 'Never',
        containers: [
          {
            name: 'app',
            image: testCluster().images.busybox,
            command: [
              'sh',
              '-c',
              'echo one; echo two >&2; sleep 1; printf three',
            ],
          },
        ],
      },
    };
    const { metadata } = await cluster.apply(pod);
    const source = {
      namespace: name,
      pod: 'speaker',
      uid: metadata.uid,
      container: 'app',
    };
    const followed: string[] = [];
    const signal = AbortSignal.timeout(30_000);
    for await (const line of followPodLog(cluster, source, { signal })) {
      followed.push(line.text);
    }
    expect([...followed].sort()).toEqual(['one', 'three', 'two']);
    const read = await readPodLog(cluster, source);
    expect(read.map(({ text }) => text)).toEqual(followed);
    const missing = { ...source, pod: 'nobody' };
    expect(await readPodLog(cluster, missing)).toEqual([]);
  });
});
