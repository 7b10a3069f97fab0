import { randomUUID } from 'node:crypto';
import { cpSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, usePortalWith } from '../support/faults';
import { FaultyWorkspace } from '../support/faults/FaultyWorkspace';
import { bundle } from '../support/portal';

/** The rights that the fix needs beside those of every day. */
const rights = readFileSync(
  join(
    bundle,
    '../plugins/workspaces-backend-module-kubernetes/rbac-node-trust.yaml',
  ),
  'utf8',
);

test('a node that does not trust the registry is told to, and the stage that failed succeeds', async ({
  cluster,
  kubectl,
}) => {
  const { address, authority, user, password } = cluster.registry;
  const registry = {
    ...{ address, username: user, password, caFile: authority },
    trust: { mode: 'caBundle', image: cluster.images.busybox },
  };
  const trusted = join(cluster.trust, address);
  const aside = `${trusted}.aside`;
  cpSync(trusted, aside, { recursive: true });
  await kubectl.apply(rights);
  try {
    await usePortalWith({ registry }, async ({ client }) => {
      const workspace = new FaultyWorkspace('ws-trust', client, kubectl);
      await workspace.begin();
      rmSync(trusted, { recursive: true });
      const run = await workspace.deploy({}, { text: randomUUID() });
      await workspace.fails(run, {
        code: 'X509_UNKNOWN_CA',
        stage: 'deploy',
        first: /x509: certificate signed by unknown authority/,
        fix: /ca\.crt/,
      });
      const { diagnosis, stages } = await client.untilFinal(run.id);
      expect(diagnosis?.autoFix).toEqual({
        id: 'node-trust',
        title: `Let the nodes of the cluster trust ${address}`,
        scope: 'engine',
      });

      const result = await client.fix(run.id, 'node-trust');
      expect(result.applied, JSON.stringify(result)).toBe(true);
      await client.retry(run.id, 'deploy');
      const retried = await client.untilFinal(run.id);
      expect(retried.state, JSON.stringify(retried.diagnosis)).toBe(
        'succeeded',
      );
      const builds = (of: typeof stages) =>
        of.filter(({ name }) => name === 'build').length;
      expect(builds(retried.stages)).toBe(builds(stages));
    });
  } finally {
    rmSync(trusted, { recursive: true, force: true });
    renameSync(aside, trusted);
    await kubectl.delete(rights);
  }
});
