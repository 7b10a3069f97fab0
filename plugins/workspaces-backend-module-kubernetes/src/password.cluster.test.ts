import { mockServices } from '@backstage/backend-test-utils';
import { ContractSuite } from '@slipway/backstage-plugin-workspaces-node/testUtils';
import { KubernetesHarness } from './__testUtils__/KubernetesHarness';
import { Pod, kinds } from './client';
import { Watch, isPodReady } from './engine/watch';

jest.setTimeout(150_000);

describe('the password of a database in a cluster', () => {
  const harness = new KubernetesHarness();
  const suite = new ContractSuite(harness);
  const name = 'ws-password';
  beforeAll(() => suite.start());
  afterAll(async () => {
    await suite.destroy(name);
    await harness.stop();
  });

  /** The exit code of a query under that password. */
  const query = async (password: string, sql: string) => {
    const context = suite.context({ workspace: name, stage: 'migrate' });
    let exitCode: number | undefined;
    for await (const event of suite.engine.runJob(
      {
        workspace: name,
        app: 'sample',
        image: harness.dependencyImages.postgres,
        command: ['psql', `--command=${sql}`],
        environment: [
          { name: 'PGHOST', value: 'database' },
          { name: 'PGUSER', value: 'guest' },
          { name: 'PGDATABASE', value: 'guests' },
          { name: 'PGPASSWORD', value: password },
        ],
        files: [],
        resources: { cpuCores: 1, memoryBytes: 64 * 1024 * 1024, pids: 64 },
      },
      context,
    )) {
      if (event.type === 'exit') exitCode = event.exitCode;
    }
    return exitCode;
  };

  it('is set again where somebody has changed it in the database, as soon as a login is seen to fail', async () => {
    suite.secrets.set('postgres-password', 'wanted');
    const desired = suite.workspace(name, {
      dependencies: [suite.postgres()],
    });
    await suite.apply(desired, { kind: 'dependencies' });
    const change = `ALTER ROLE guest PASSWORD 'of somebody'`;
    expect(await query('wanted', change)).toBe(0);
    expect(await query('wanted', 'SELECT 1')).not.toBe(0);

    const { signal } = new AbortController();
    const watch = new Watch(
      harness.cluster,
      mockServices.logger.mock(),
      signal,
      {
        namespace: name,
        labels: { 'slipway.dev/dependency': 'database' },
      },
    );
    const pods = watch.of<Pod>(kinds.Pod);
    while (!watch.synced || pods.objects.some(isPodReady)) {
      await watch.changed(60_000);
    }
    watch.end();
    await suite.apply(desired, { kind: 'dependencies' });
    expect(await query('wanted', 'SELECT 1')).toBe(0);
    expect(await query('of somebody', 'SELECT 1')).not.toBe(0);
  });
});
