import type { PortalClient } from '../support/client';
import type { Kubectl } from '../support/engine/Kubectl';
import { all, test } from '../support/faults';
import { FaultyWorkspace } from '../support/faults/FaultyWorkspace';

/** A workspace with a database and an app that serves, and a way to do something in the database's container. */
async function withDatabase(
  name: string,
  client: PortalClient,
  kubectl: Kubectl,
) {
  const workspace = new FaultyWorkspace(name, client, kubectl);
  await client.createWorkspace({
    name,
    dependencies: [{ name: 'db', type: 'postgres' }],
  });
  await workspace.succeeds(await workspace.deploy());
  const place = `--namespace=${name}`;
  /** Its pod is another one afterwards. */
  const sabotage = async (script: string) => {
    await kubectl.run('exec', 'db-0', place, '--', 'sh', '-c', script);
    await kubectl.run('delete', 'pod', 'db-0', place, '--wait');
  };
  return { workspace, sabotage };
}

test('a database that lets nobody in over the network', async ({
  portal,
  kubectl,
}) => {
  const { client } = portal;
  const { workspace, sabotage } = await withDatabase(
    'ws-faults-data',
    client,
    kubectl,
  );
  await sabotage('echo "local all all trust" > "$PGDATA/pg_hba.conf"');
  await workspace.fails(await workspace.deploy(), {
    code: 'DB_LOGIN',
    stage: 'dependencies',
    first: /no pg_hba\.conf entry for host "[^"]+", user "app"/,
    fix: /^Delete the dependency together with its data/,
  });
});

test('a password that somebody changed in the database is that of the secret again', async ({
  portal,
  kubectl,
}) => {
  const { client } = portal;
  const { workspace, sabotage } = await withDatabase(
    'ws-faults-password',
    client,
    kubectl,
  );
  await sabotage(
    `psql --username=app --host=/var/run/postgresql --command="ALTER ROLE app PASSWORD 'another'"`,
  );
  await workspace.succeeds(await workspace.deploy());
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
