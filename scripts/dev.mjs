// npm run dev
// For work on the plugins: the portal from source, with hot reloading, on
// http://localhost:3000 (app) and http://localhost:7007 (backend).
import { spawn } from 'node:child_process';
import { prepareBaseImages } from './engine/images.mjs';
import { openEngine } from './engine/open.mjs';
import { main } from './lifecycle.mjs';
import { instance, repository } from './paths.mjs';
import { requirePortalPort } from './portal/portal.mjs';
import { Problem, say } from './terminal.mjs';
import { prepareToolchain } from './toolchain/toolchain.mjs';

main(async ({ signal, onExit, untilStopped }) => {
  await requirePortalPort();
  const env = await prepareToolchain({ signal });
  const { docker } = await openEngine({ onExit });
  await prepareBaseImages(docker, { signal });

  say();
  const stopped = untilStopped();
  const child = spawn('yarn', ['backstage-cli', 'repo', 'start'], {
    cwd: repository,
    env: {
      ...env,
      DOCKER_HOST: docker.host,
      // Its database is in memory: it must not meddle with npm start's apps.
      APP_CONFIG_workspaces_local_instance: `${instance}-dev`,
    },
    stdio: 'inherit',
  });
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  onExit(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await ended;
    }
  });
  await Promise.race([stopped, ended]);
  if (!signal.aborted) {
    throw new Problem('The development server has ended.');
  }
});
