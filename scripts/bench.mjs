// npm run bench [-- groups], npm run bench -- --cluster [groups]
// Prepares what the measurements of test/bench need, on Docker or on the test
// cluster, and runs them.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { prepareBaseImages } from './engine/images.mjs';
import { openEngine } from './engine/open.mjs';
import { main } from './lifecycle.mjs';
import { repository } from './paths.mjs';
import { preparePortal } from './portal/bundle.mjs';
import { say } from './terminal.mjs';
import { prepareCluster } from './test/cluster.mjs';
import { findChromium } from './test/runners.mjs';
import { prepareToolchain } from './toolchain/toolchain.mjs';

async function prepareDocker({ env, signal, onExit }) {
  const { docker } = await openEngine({ onExit });
  await prepareBaseImages(docker, { signal });
  await preparePortal({ env, signal });
  return { ...env, DOCKER_HOST: docker.host };
}

async function prepareForCluster({ env, signal, onExit }) {
  const command = 'npm run bench -- --cluster';
  const prepared = await prepareCluster({
    ...{ env, needsPortal: true, command, signal, onExit },
  });
  return { ...prepared.env, CHROMIUM_PATH: await findChromium(() => {}) };
}

main(async ({ signal, onExit }) => {
  const [first, ...others] = process.argv.slice(2);
  const onCluster = first === '--cluster';
  const groups = onCluster ? others : process.argv.slice(2);
  const env = await prepareToolchain({ signal });
  const prepare = onCluster ? prepareForCluster : prepareDocker;
  const prepared = await prepare({ env, signal, onExit });

  say();
  const child = spawn(
    'node',
    [
      '--require',
      '@backstage/cli/config/nodeTransform.cjs',
      join('bench', 'run.ts'),
      ...groups,
    ],
    {
      cwd: join(repository, 'test'),
      env: prepared,
      stdio: 'inherit',
      signal,
    },
  );
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', code => resolve(code ?? 1));
  });
});
