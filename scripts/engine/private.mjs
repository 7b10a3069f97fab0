// A Docker engine of our own, for machines without one: Debian's packages, a
// daemon with all its state in one folder, and nothing written outside of it.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { engineFolder, homeFolder } from '../paths.mjs';
import { machineBundle } from '../system/certificates.mjs';
import { requirePackages } from '../system/packages.mjs';
import { asRoot, captureAsRoot, rootPrefix } from '../system/privileges.mjs';
import {
  processArguments,
  processIds,
  processName,
  sharesNetwork,
} from '../system/processes.mjs';
import { Problem } from '../terminal.mjs';
import { Docker } from './docker.mjs';
import {
  bridge,
  freeNetwork,
  prepareNetwork,
  restoreNetwork,
} from './hostNetwork.mjs';

const packages = ['docker.io', 'runc', 'iptables', 'tini', 'iproute2'];
const socket = join(engineFolder, 'docker.sock');
const configuration = join(engineFolder, 'daemon.json');
const pidFile = join(engineFolder, 'docker.pid');
const log = join(engineFolder, 'dockerd.log');

const startLimit = 60_000;
const stopLimit = 30_000;
// The kernel takes 107 bytes for the path of a socket; containerd's is longer
// than ours by this much.
const longestFolder = 107 - '/exec/containerd/containerd.sock.ttrpc'.length;

/** Where the private engine listens, whether it runs or not. */
export const privateHost = `unix://${socket}`;

/** The private engine if it answers. */
export async function runningPrivateEngine() {
  if (!existsSync(socket)) {
    return undefined;
  }
  const docker = new Docker(privateHost);
  try {
    const { Version: version } = await docker.version();
    return { docker, version };
  } catch (error) {
    if (error.code === 'EACCES') {
      throw new Problem(
        `The private engine at ${socket} belongs to another user.`,
        { fix: 'Run this as the user who started it, or set SLIPWAY_HOME.' },
      );
    }
    return undefined;
  }
}

/** The process of the private engine, if it runs. */
export function daemonPid() {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    return processName(pid) === 'dockerd' ? pid : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Two daemons in one network destroy each other's rules, so ours never starts
 * beside another.
 */
function refuseBesideAnother() {
  const other = processIds().find(
    pid =>
      processName(pid) === 'dockerd' &&
      sharesNetwork(pid) &&
      !processArguments(pid).includes(configuration),
  );
  if (other !== undefined) {
    throw new Problem(
      `A Docker daemon runs here (process ${other}), but not on a socket that was found.`,
      {
        fix: 'Set DOCKER_HOST to its socket (unix:///...), then run this again.',
      },
    );
  }
}

/** The group whose members may use the socket: the caller's. */
function callerGroup() {
  const { SUDO_GID } = process.env;
  return process.getuid() === 0 && SUDO_GID ? SUDO_GID : `${process.getgid()}`;
}

/** The configuration of the daemon; `prefix` names its /16, e.g. "10.221". */
export function daemonConfiguration({ folder, prefix, group }) {
  return {
    'data-root': join(folder, 'data'),
    'exec-root': join(folder, 'exec'),
    pidfile: join(folder, 'docker.pid'),
    hosts: [`unix://${join(folder, 'docker.sock')}`],
    group,
    bridge,
    'default-address-pools': [{ base: `${prefix}.128.0/17`, size: 24 }],
    'log-driver': 'json-file',
    'log-opts': { 'max-size': '10m', 'max-file': '2' },
    'exec-opts': ['native.cgroupdriver=cgroupfs'],
    // Containers outlive a crash of the daemon; we stop them ourselves.
    'live-restore': true,
    'shutdown-timeout': 5,
    features: { buildkit: true },
  };
}

/** The /16 of an earlier start: networks in the data already use it. */
function earlierNetwork() {
  try {
    const { 'default-address-pools': pools } = JSON.parse(
      readFileSync(configuration, 'utf8'),
    );
    return pools[0].base.split('.').slice(0, 2).join('.');
  } catch {
    return undefined;
  }
}

function writeConfiguration() {
  const prefix = earlierNetwork() ?? freeNetwork();
  mkdirSync(engineFolder, { recursive: true });
  writeFileSync(
    configuration,
    `${JSON.stringify(
      daemonConfiguration({
        folder: engineFolder,
        prefix,
        group: callerGroup(),
      }),
      undefined,
      2,
    )}\n`,
  );
  return prefix;
}

/** What the daemon needs of our environment to reach registries. */
function daemonVariables() {
  const bundle = machineBundle();
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
  return Object.fromEntries([
    ...(bundle ? [['SSL_CERT_FILE', bundle]] : []),
    ...names
      .flatMap(name => [name, name.toLowerCase()])
      .filter(name => process.env[name])
      .map(name => [name, process.env[name]]),
  ]);
}

async function launch() {
  const [command, ...args] = await asRoot(
    'setsid',
    ['--fork', 'dockerd', '--config-file', configuration],
    daemonVariables(),
  );
  const output = openSync(log, 'a');
  spawn(command, args, {
    cwd: '/',
    detached: true,
    stdio: ['ignore', output, output],
  }).unref();
  closeSync(output);
}

async function untilItAnswers() {
  const start = existsSync(log) ? statSync(log).size : 0;
  await launch();
  const deadline = Date.now() + startLimit;
  while (Date.now() < deadline) {
    const engine = await runningPrivateEngine();
    if (engine) {
      return engine;
    }
    const said = readFileSync(log).subarray(start).toString();
    if (
      /failed to start daemon|unable to configure the Docker daemon/.test(said)
    ) {
      break;
    }
    await delay(100);
  }
  throw new Problem('The private Docker engine did not start.', {
    log,
    fix: 'In a container it needs "--privileged". Otherwise start any Docker engine and set DOCKER_HOST.',
  });
}

/** The command that a user without privileges has to run. */
function underSudo(command) {
  return `sudo SLIPWAY_HOME=${homeFolder} ${process.execPath} scripts/engine.mjs ${command}`;
}

/** Makes sure that a private engine could be started on this machine. */
export async function preparePrivateEngine(update) {
  if (process.platform !== 'linux') {
    throw new Problem('No Docker engine answers on this machine.', {
      fix: 'Install Docker and start it, then run this again.',
    });
  }
  if (engineFolder.length > longestFolder) {
    throw new Problem(
      `The folder ${engineFolder} is too long for the sockets of a container engine (at most ${longestFolder} characters).`,
      { fix: 'Set SLIPWAY_HOME to a shorter folder.' },
    );
  }
  refuseBesideAnother();
  await requirePackages(packages, 'run containers', update);
  if ((await rootPrefix()) === undefined) {
    throw new Problem(
      'No Docker engine runs, and this user may not start one (no root, no sudo without a password).',
      {
        fix: `Run "${underSudo('up')}", then this again.`,
      },
    );
  }
}

/** Starts the private engine, which does not run, on a prepared machine. */
export async function startPrivateEngine(update) {
  refuseBesideAnother();
  update('Container engine: starting a private Docker');
  const prefix = writeConfiguration();
  await prepareNetwork(prefix);
  return untilItAnswers();
}

/** Refuses to stop what this user may not stop, before anything is touched. */
export async function requireStopRights() {
  if ((await rootPrefix()) === undefined) {
    throw new Problem('This user may not stop the private engine.', {
      fix: `Run "${underSudo('down')}".`,
    });
  }
}

/** Stops the daemon and takes back its network; its containers are stopped. */
export async function stopPrivateEngine() {
  const pid = daemonPid();
  if (pid === undefined) {
    if (await runningPrivateEngine()) {
      throw new Problem(
        `The private engine at ${socket} runs, but its process cannot be seen from here.`,
        { fix: 'Run this where it was started (outside of the container).' },
      );
    }
    await restoreNetwork();
    return;
  }
  await captureAsRoot('kill', ['-TERM', `${pid}`]);
  const deadline = Date.now() + stopLimit;
  while (daemonPid() === pid) {
    if (Date.now() > deadline) {
      throw new Problem(`The private engine (process ${pid}) does not stop.`, {
        log,
        fix: `Look at the log, then "sudo kill -9 ${pid}".`,
      });
    }
    await delay(100);
  }
  await restoreNetwork();
}
