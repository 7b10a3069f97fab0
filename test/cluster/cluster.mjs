// npm run cluster:up [-- --builders --containerd=2] | cluster:status | cluster:down
// The test cluster by itself: "up" starts it and leaves it running ("--builders"
// brings all builders of images, not BuildKit alone, "--containerd=2" a
// containerd of that version to a new one), "status" prints how it is reached,
// "down" removes all of it.
import { main, readOptions } from '../../scripts/lifecycle.mjs';
import { Problem, say, step } from '../../scripts/terminal.mjs';
import { bringBuilders } from './builders.mjs';
import { tryKubectl } from './kubectl.mjs';
import { traces } from './node/machine.mjs';
import { runningCluster } from './open.mjs';
import { accessFile } from './settings.mjs';
import { startCluster } from './start.mjs';
import { stopCluster } from './stop.mjs';

const upOptions = ['--builders', '--containerd=2'];

async function up(frame, options) {
  const wanted = options.has('--containerd=2') ? 2 : undefined;
  const cluster =
    runningCluster() ?? (await startCluster({ ...frame, containerd: wanted }));
  if (wanted && cluster.containerd !== wanted) {
    throw new Problem('The test cluster that runs has containerd 1.', {
      fix: 'Run "npm run cluster:down" first.',
    });
  }
  if (options.has('--builders')) {
    await bringBuilders(cluster, frame);
  }
  const { kubeconfig } = cluster;
  say(`\nexport KUBECONFIG=${kubeconfig}`);
  say(`All else is in ${accessFile}; "npm run cluster:status" prints it.`);
}

async function status() {
  const access = runningCluster();
  if (!access) {
    const left = await traces();
    say('No test cluster runs. "npm run cluster:up" starts one.');
    left.forEach(trace => say(`Left of an earlier one: ${trace}`));
    return 1;
  }
  const { code, stdout, stderr } = await tryKubectl([
    ...['get', 'nodes,pods', '--all-namespaces'],
  ]);
  say(JSON.stringify(access, undefined, 2));
  say(code === 0 ? `\n${stdout.trim()}` : stderr.trim());
  return code === 0 ? 0 : 1;
}

async function down() {
  await step('Test cluster', async update => {
    update(
      (await stopCluster()) ? 'Test cluster removed' : 'Test cluster: none',
    );
  });
}

main(frame => {
  const commands = { up, status, down };
  const command = commands[process.argv[2]];
  if (!command) {
    throw new Problem('Usage: npm run cluster:up|cluster:status|cluster:down');
  }
  const known = command === up ? upOptions : [];
  return command(frame, readOptions(known, process.argv.slice(3)));
});
