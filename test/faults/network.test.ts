import { expect, test } from '../support/faults';

test('a network policy between an app and what it needs', async ({
  workspace,
  kubectl,
}) => {
  const api = await kubectl.get('service', 'kubernetes', 'default');
  const target = `${api.spec!.clusterIP}:443`;
  const fix = await workspace.fails(
    await workspace.deployFault('target', target),
    {
      code: 'NETPOL_BLOCKED',
      stage: 'deploy',
      first: /^running/,
      fix: /workspaces\.kubernetes\.reachable/,
    },
  );
  expect(fix).toContain(`"${api.spec!.clusterIP}/32"`);
});
