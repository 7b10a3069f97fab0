// npm start [-- --no-demo]
// From a fresh clone to a portal with a running demo app; stays until Ctrl-C.
import { main, readOptions } from './lifecycle.mjs';
import { runDemo } from './demo.mjs';
import { prepareBaseImages } from './engine/images.mjs';
import { openEngine } from './engine/open.mjs';
import { preparePortal } from './portal/bundle.mjs';
import {
  portalAddress,
  requirePortalPort,
  startPortal,
} from './portal/portal.mjs';
import { Problem, bold, formatDuration, report, say } from './terminal.mjs';
import { prepareToolchain } from './toolchain/toolchain.mjs';

function sayWhereItIs({ demo, log, started, isPrivate }) {
  const rows = [
    ['Portal', portalAddress],
    ...(demo ? [['Demo app', demo.url]] : []),
    ['Portal log', log],
  ];
  say(`\nReady after ${formatDuration(Date.now() - started)}.\n`);
  rows.forEach(([name, value]) => say(`  ${name.padEnd(12)} ${bold(value)}`));
  say(
    demo
      ? `\nNext: open ${demo.page}, press "Enter", and see how the demo app was built and deployed.`
      : `\nNext: open ${portalAddress} and press "Enter".`,
  );
  say(
    isPrivate
      ? 'Ctrl-C stops everything; the next "npm start" resumes it.'
      : 'Ctrl-C stops the portal; the apps run on, and the next "npm start" takes them up again.',
  );
}

/** A demo that fails is reported; the portal stays, it shows the cause. */
async function tryDemo(signal) {
  try {
    return await runDemo({ address: portalAddress, signal });
  } catch (error) {
    signal.throwIfAborted();
    report(error);
    return undefined;
  }
}

main(async ({ signal, onExit, untilStopped }) => {
  const started = Date.now();
  const options = readOptions(['--no-demo']);
  say('Slipway\n');
  await requirePortalPort();
  const env = await prepareToolchain({ signal });
  const { docker, isPrivate } = await openEngine({ onExit, wake: true });
  await prepareBaseImages(docker, { signal });
  await preparePortal({ env, signal });
  const portal = await startPortal({
    env,
    engineHost: docker.host,
    signal,
    onExit,
  });
  const demo = options.has('--no-demo') ? undefined : await tryDemo(signal);
  sayWhereItIs({ demo, log: portal.log, started, isPrivate });

  await Promise.race([untilStopped(), portal.ended]);
  if (!signal.aborted) {
    throw new Problem('The portal has ended by itself.', {
      log: portal.log,
      fix: 'Look at the log, then run "npm start" again; no data is lost.',
    });
  }
});
