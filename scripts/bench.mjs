// npm run bench
// Prepares what the measurements of test/bench need and runs them.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { prepareBaseImages } from './engine/images.mjs';
import { openEngine } from './engine/open.mjs';
import { main } from './lifecycle.mjs';
import { portalFolder, repository } from './paths.mjs';
import { preparePortal } from './portal/bundle.mjs';
import { say } from './terminal.mjs';
import { prepareToolchain } from './toolchain/toolchain.mjs';

main(async ({ signal, onExit }) => {
  const env = await prepareToolchain({ signal });
  const { docker } = await openEngine({ onExit });
  await prepareBaseImages(docker, { signal });
  await preparePortal({ env, signal });

  say();
  const child = spawn(
    'node',
    [
      '--require',
      '@backstage/cli/config/nodeTransform.cjs',
      join('bench', 'run.ts'),
      ...process.argv.slice(2),
    ],
    {
      cwd: join(repository, 'test'),
      env: { ...env, DOCKER_HOST: docker.host, SLIPWAY_PORTAL: portalFolder },
      stdio: 'inherit',
      signal,
    },
  );
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', code => resolve(code ?? 1));
  });
});
