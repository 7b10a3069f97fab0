// Asks the cluster by the kubectl that was built with it.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { capture } from '../../scripts/command.mjs';
import { Problem } from '../../scripts/terminal.mjs';
import {
  clusterLogs,
  kubeconfig,
  kubectl as program,
  runFolder,
} from './settings.mjs';

const fix = `Look at the logs in ${clusterLogs}.`;

/** The cluster of these scripts, which is asked unless another one is named. */
const own = { kubectl: program, kubeconfig };
const isOwn = cluster => cluster.kubeconfig === kubeconfig;

/** Runs kubectl; returns its exit code and output. */
export function tryKubectl(args, input, cluster = own) {
  const env = isOwn(cluster)
    ? { PATH: process.env.PATH, KUBECACHEDIR: join(runFolder, 'discovery') }
    : process.env; // who it is there may be said by another program
  return capture(cluster.kubectl, args, {
    env: { ...env, KUBECONFIG: cluster.kubeconfig },
    input,
  });
}

/** Runs kubectl and returns what it printed; throws when it fails. */
export async function kubectl(args, input, cluster = own) {
  const { code, stdout, stderr } = await tryKubectl(args, input, cluster);
  if (code !== 0) {
    throw new Problem(`"kubectl ${args.join(' ')}" failed: ${stderr.trim()}`, {
      fix: isOwn(cluster) ? fix : undefined,
    });
  }
  return stdout;
}

/** Repeats a question to the cluster until `isAnswer` accepts its output. */
export async function untilKubectl(args, isAnswer, { limit, signal, input }) {
  const deadline = Date.now() + limit;
  for (;;) {
    const { code, stdout, stderr } = await tryKubectl(args, input);
    if (code === 0 && isAnswer(stdout)) {
      return stdout;
    }
    if (Date.now() > deadline) {
      throw new Problem(
        `"kubectl ${args.join(' ')}" did not succeed within ${
          limit / 1000
        } s: ${stderr.trim() || stdout.trim()}`,
        { fix },
      );
    }
    await delay(100, undefined, { signal });
  }
}
