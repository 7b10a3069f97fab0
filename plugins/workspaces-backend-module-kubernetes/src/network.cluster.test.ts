import { ContractSuite } from '@slipway/backstage-plugin-workspaces-node/testUtils';
import { KubernetesHarness } from './__testUtils__/KubernetesHarness';
import { Pod, kinds } from './client';

jest.setTimeout(150_000);

describe('the network of a workspace', () => {
  const harness = new KubernetesHarness();
  const suite = new ContractSuite(harness);
  const name = 'ws-network';
  beforeAll(() => suite.start());
  afterAll(async () => {
    await suite.destroy(name);
    await harness.stop();
  });

  /** The exit code of a command beside the app, with the database's own tools. */
  async function outcomeOf(command: string[]): Promise<number | undefined> {
    const context = suite.context({ workspace: name, stage: 'migrate' });
    let exitCode: number | undefined;
    const job = {
      workspace: name,
      app: 'sample',
      image: harness.dependencyImages.postgres,
      command,
      environment: [
        { name: 'PGHOST', value: 'database' },
        { name: 'PGUSER', value: 'guest' },
        { name: 'PGDATABASE', value: 'guests' },
        { name: 'PGPASSWORD', value: 'secret' },
      ],
      files: [],
      resources: { cpuCores: 1, memoryBytes: 64 * 1024 * 1024, pids: 64 },
    };
    for await (const event of suite.engine.runJob(job, context)) {
      if (event.type === 'exit') exitCode = event.exitCode;
    }
    return exitCode;
  }

  it('lets an app reach its database, and a database reach nobody', async () => {
    suite.secrets.set('postgres-password', 'secret');
    const desired = suite.workspace(name, {
      dependencies: [suite.postgres()],
      apps: [await suite.app(name)],
    });
    await suite.apply(desired, { kind: 'all' });
    const { items } = await harness.cluster.list<Pod>(kinds.Pod, {
      namespace: name,
      labelSelector: 'slipway.dev/app=sample',
    });
    const address = items[0].status?.podIP;
    const connect = `timeout 5 bash -c "</dev/tcp/${address}/8080"`;
    expect(await outcomeOf(['bash', '-c', connect])).toBe(0);
    const within = (program: string) =>
      outcomeOf(['psql', `--command=COPY (SELECT 1) TO PROGRAM '${program}'`]);
    expect(await within('cat >/dev/null')).toBe(0);
    expect(await within(connect)).not.toBe(0);
    expect(
      await within('cat >/dev/null; getent hosts kubernetes.default.svc'),
    ).not.toBe(0);
  });
});
