// npm test [-- --only jest,api]
// Everything that must hold, from the generated code to the browser. The last
// line is the sum of all reports: "N passed, N failed, N skipped".
import { prepareBaseImages } from './engine/images.mjs';
import { openEngine } from './engine/open.mjs';
import { describeCounts, removeRemainsOfTests } from './engine/remove.mjs';
import { isKept, users } from './engine/users.mjs';
import { preparePortal } from './portal/bundle.mjs';
import { dim, say } from './terminal.mjs';
import { startPostgres } from './test/postgres.mjs';
import { mainOfSuites } from './test/run.mjs';
import { suites } from './test/suites.mjs';
import { prepareToolchain } from './toolchain/toolchain.mjs';

/**
 * Suites remove what they make; one that was cut short could not. On an engine
 * that others use at the same time it is left to the next run of that suite.
 */
async function tidyEngine(docker) {
  if (isKept() || users().length > 1) {
    return;
  }
  const notes = [];
  const counts = await removeRemainsOfTests(docker, note => notes.push(note));
  const removed = describeCounts(counts);
  if (removed !== 'nothing') {
    say(dim(`      Removed what tests had left: ${removed}`));
  }
  notes.forEach(note => say(dim(`      ${note}`)));
}

/** What must be there before the chosen suites: the engine, the portal. */
async function prepare(chosen, { signal, onExit }) {
  const needed = need => chosen.some(({ needs }) => needs === need);
  const env = { ...(await prepareToolchain({ signal })), CI: '1' };
  delete env.SLIPWAY_TEST_CLUSTER; // here everything runs on Docker
  if (!needed('engine') && !needed('portal')) {
    return { env };
  }
  const { docker, isPrivate } = await openEngine({ onExit });
  if (isPrivate) {
    onExit(() => tidyEngine(docker));
  }
  await prepareBaseImages(docker, { signal });
  env.DOCKER_HOST = docker.host;
  if (needed('portal')) {
    await preparePortal({ env, signal });
  }
  return {
    env,
    connectionString: needed('engine')
      ? await startPostgres(docker, { signal, onExit })
      : undefined,
  };
}

mainOfSuites({ suites, command: 'npm test', prepare });
