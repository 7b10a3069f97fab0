// The node's process: started in namespaces of its own, and ended by the end
// of its first process, with which the kernel ends all the others.
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { identify, isAlive } from '../../../scripts/system/processes.mjs';
import { Problem } from '../../../scripts/terminal.mjs';
import {
  clusterLogs,
  clusterName,
  kubeconfig,
  nodeName,
  runFolder,
  sources,
} from '../settings.mjs';
import { clusterProcesses } from './machine.mjs';

const nodeFile = join(runFolder, 'node');
const log = join(clusterLogs, 'node.log');
const patience = 10_000;

const ownNamespaces = [
  ...['--fork', '--kill-child', '--propagation', 'slave'],
  ...['--pid', '--mount-proc', '--mount', '--net', '--uts', '--ipc'],
];

/** What the node's scripts get to know; nothing of the caller's environment. */
function variables(addresses) {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    BIN: join(runFolder, 'bin'),
    RUN: runFolder,
    LOGS: clusterLogs,
    KUBECONFIG: kubeconfig,
    KUBECACHEDIR: join(runFolder, 'discovery'),
    CLUSTER: clusterName,
    NODE_NAME: nodeName,
    NODE_ADDRESS: addresses.node,
    MACHINE_ADDRESS: addresses.machine,
    POD_CIDR: addresses.pods,
    SERVICE_CIDR: addresses.services,
  };
}

function childOf(pid) {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return Number(children.trim().split(' ')[0]) || undefined;
  } catch {
    return undefined;
  }
}

/** The first process of the node that runs. */
export function nodeProcess() {
  const identity = existsSync(nodeFile) && readFileSync(nodeFile, 'utf8');
  return identity && isAlive(identity)
    ? Number(identity.split('-')[0])
    : undefined;
}

/** Starts the node, which waits for its network; returns its first process. */
export async function launchNode(addresses) {
  mkdirSync(clusterLogs, { recursive: true });
  const output = openSync(log, 'w');
  const parent = spawn(
    'unshare',
    [...ownNamespaces, join(sources, 'node', 'node.sh')],
    {
      cwd: '/',
      env: variables(addresses),
      detached: true,
      stdio: ['ignore', output, output],
    },
  );
  parent.unref();
  closeSync(output);
  const deadline = Date.now() + patience;
  while (Date.now() < deadline) {
    const pid = childOf(parent.pid);
    if (pid) {
      writeFileSync(nodeFile, identify(pid));
      return pid;
    }
    await delay(20);
  }
  throw new Problem('The node of the test cluster did not start.', { log });
}

/** Runs `work` as long as the node lives. */
export async function whileNodeLives(work) {
  const over = new AbortController();
  const death = (async () => {
    while (nodeProcess() !== undefined) {
      await delay(500, undefined, { signal: over.signal });
    }
    throw new Problem('The node of the test cluster has ended.', { log });
  })();
  death.catch(() => {}); // `over` ends it when the work is done
  try {
    return await Promise.race([work, death]);
  } finally {
    over.abort();
  }
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended
  }
}

/** Ends the node and with it all that runs on it. */
export async function endNode() {
  const running = () =>
    [nodeProcess(), ...clusterProcesses()].filter(pid => pid !== undefined);
  const deadline = Date.now() + patience;
  while (running().length > 0) {
    if (Date.now() > deadline) {
      throw new Problem(
        `The node does not end (process ${running().join(', ')}).`,
      );
    }
    running().forEach(kill);
    await delay(20);
  }
}

/** The command that runs a program in the node's mounts and network. */
export function onNode(pid, ...words) {
  return ['nsenter', ['--target', `${pid}`, '--mount', '--net', ...words]];
}
