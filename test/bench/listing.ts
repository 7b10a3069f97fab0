import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { bundle } from '../support/portal';
import { atMost, type Measurement } from './table';

const repository = join(bundle, '..');
const program =
  'plugins/workspaces-backend-module-kubernetes/src/client/__testUtils__/listingProcess.ts';

/** What it costs to know 5,000 pods of a cluster. */
export async function measureListing(): Promise<Measurement[]> {
  const printed = execFileSync(
    'node',
    ['--require', '@backstage/cli/config/nodeTransform.cjs', program],
    { cwd: repository, encoding: 'utf8' },
  );
  const { blockedMilliseconds, bytesPerObject } = JSON.parse(printed);
  return [
    atMost(
      'event loop blocked while 5,000 pods are listed',
      blockedMilliseconds,
      'ms',
      100,
    ),
    atMost('heap per watched pod', bytesPerObject / 1024, 'kB', 12),
  ];
}
