import { all, test } from '../support/faults';
import { FaultyWorkspace } from '../support/faults/FaultyWorkspace';

test('a database whose data is of another password', async ({
  portal,
  kubectl,
}) => {
  const workspace = new FaultyWorkspace(
    'ws-faults-data',
    portal.client,
    kubectl,
  );
  const { name } = workspace;
  await portal.client.createWorkspace({
    name,
    dependencies: [{ name: 'db', type: 'postgres' }],
  });
  await workspace.succeeds(await workspace.deploy());
  const place = `--namespace=${name}`;
  const change = `ALTER ROLE app PASSWORD 'another'`;
  await kubectl.run(
    ...['exec', 'db-0', place, '--'],
    ...[
      'psql',
      '--username=app',
      '--dbname=app',
      '--host=/var/run/postgresql',
      '--command',
      change,
    ],
  );
  await kubectl.run('delete', 'pod', 'db-0', place, '--wait');
  await workspace.fails(await workspace.deploy(), {
    code: 'DB_LOGIN',
    stage: 'dependencies',
    first: /password authentication failed for user "app"/,
    fix: /^Delete the dependency together with its data/,
  });
});

test('a database that an app does not reach', all, async ({ workspace }) => {
  await workspace.fails(await workspace.deployFault('database', 'db:5432'), {
    code: 'CRASH_LOOP',
    stage: 'deploy',
    first: /exit code 1/,
    fix: /^Look whether the dependency runs/,
    fixedBy: 'user',
  });
});
