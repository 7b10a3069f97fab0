import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, needsNodeFiles, test, usePortalWith } from '../support/faults';
import { trustFolder } from '../support/engine/testCluster';
import { trustSettings, useDistrust } from '../support/faults/distrust';
import { FaultyWorkspace } from '../support/faults/FaultyWorkspace';

test('a node that does not trust the registry is told to, and the stage that failed succeeds', async ({
  cluster,
  kubectl,
}) => {
  needsNodeFiles(cluster);
  const settings = trustSettings(cluster);
  await useDistrust(cluster, kubectl, async forget =>
    usePortalWith(settings, async ({ client }) => {
      const workspace = new FaultyWorkspace('ws-trust', client, kubectl);
      await workspace.begin();
      forget();
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
        title: `Let the nodes of the cluster trust ${cluster.registry.address}`,
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

      const told = join(
        trustFolder(cluster),
        cluster.registry.address,
        'slipway.crt',
      );
      expect(existsSync(told)).toBe(true);
      const undone = await client.fixEngine('kubernetes', 'node-trust-undo');
      expect(undone.applied, JSON.stringify(undone)).toBe(true);
      expect(existsSync(told)).toBe(false);
    }),
  );
});
