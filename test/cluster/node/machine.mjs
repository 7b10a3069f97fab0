// All that the cluster changes on the machine: a cgroup, one end of a link
// with two routes, an nft table for the way out, and forwarding. What was
// there before is written down first, so that it can be taken back.
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { capture } from '../../../scripts/command.mjs';
import { bridge } from '../../../scripts/engine/hostNetwork.mjs';
import { mountsBelow } from '../../../scripts/engine/removePrivate.mjs';
import {
  identify,
  isAlive,
  processIds,
} from '../../../scripts/system/processes.mjs';
import { Problem } from '../../../scripts/terminal.mjs';
import {
  accessFile,
  clusterFolder,
  clusterName,
  linkName,
  machineFile,
} from '../settings.mjs';

const forwarding = '/proc/sys/net/ipv4/ip_forward';
const hierarchies = '/sys/fs/cgroup';
const patience = 10_000;

async function command(program, args, input) {
  const { code, stderr } = await capture(program, args, { input });
  if (code !== 0) {
    throw new Problem(
      `"${[program, ...args].join(' ')}" failed: ${stderr.trim()}`,
      { fix: 'The test cluster needs root and the rights to make namespaces.' },
    );
  }
}

/** The cgroup of the cluster in every hierarchy that could hold one. */
function cgroups() {
  return readdirSync(hierarchies).map(name =>
    join(hierarchies, name, clusterName),
  );
}

/** In a new cpuset nothing may run until it is told where. */
function fillCpuset(group) {
  for (const name of ['cpuset.cpus', 'cpuset.mems']) {
    const file = join(group, '..', name);
    if (existsSync(file)) {
      writeFileSync(join(group, name), readFileSync(file));
    }
  }
}

function makeCgroups() {
  for (const group of cgroups()) {
    for (const folder of [group, join(group, 'system')]) {
      mkdirSync(folder, { recursive: true });
      fillCpuset(folder);
    }
  }
}

/** The rules that let pods out under the address of the machine. */
export function wayOut({ link, pods }) {
  return [
    `table ip ${clusterName} {`,
    '  chain out {',
    '    type nat hook postrouting priority 100',
    `    ip saddr { ${link}, ${pods} } oifname != { "lo", "${linkName}" } masquerade`,
    '  }',
    '}',
    '',
  ].join('\n');
}

/** Makes what has to be there before the node starts. */
export function prepareMachine() {
  mkdirSync(clusterFolder, { recursive: true, mode: 0o700 });
  writeFileSync(
    machineFile,
    JSON.stringify({
      forwarding: readFileSync(forwarding, 'utf8').trim(),
      starter: identify(process.pid),
    }),
  );
  makeCgroups();
}

/** Links the machine with the node whose first process is `pid`. */
export async function connect(pid, addresses) {
  const ip = (...args) => command('ip', args);
  await ip(
    ...['link', 'add', linkName, 'type', 'veth'],
    ...['peer', 'name', 'eth0', 'netns', `${pid}`],
  );
  await ip('address', 'add', `${addresses.machine}/30`, 'dev', linkName);
  await ip('link', 'set', linkName, 'up');
  for (const network of [addresses.pods, addresses.services]) {
    await ip('route', 'add', network, 'via', addresses.node, 'dev', linkName);
  }
  writeFileSync(forwarding, '1');
  await command('nft', ['-f', '-'], wayOut(addresses));
}

/** The folders below a cgroup and itself, deepest first. */
function withChildren(group) {
  return [
    ...readdirSync(group, { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .flatMap(entry => withChildren(join(group, entry.name))),
    group,
  ];
}

/** Removes a cgroup; a process that dies holds it a moment longer. */
async function removeCgroup(group) {
  const deadline = Date.now() + patience;
  while (existsSync(group)) {
    try {
      withChildren(group).forEach(folder => rmdirSync(folder));
    } catch (error) {
      if (Date.now() > deadline) {
        throw error;
      }
      await delay(50);
    }
  }
}

function readMachineFile() {
  return existsSync(machineFile)
    ? JSON.parse(readFileSync(machineFile, 'utf8'))
    : undefined;
}

/** The process that starts the cluster right now, if one does. */
export function startingProcess() {
  const starter = readMachineFile()?.starter;
  return starter && isAlive(starter) && !existsSync(accessFile)
    ? starter.split('-')[0]
    : undefined;
}

function restoreForwarding() {
  const before = readMachineFile();
  if (!before) {
    return;
  }
  // An engine that was started meanwhile needs it, whoever turned it on.
  const engines = [bridge, 'docker0'].some(name => name in networkInterfaces());
  if (!engines) {
    writeFileSync(forwarding, before.forwarding);
  }
  rmSync(machineFile);
}

/** Takes back all changes; the node's processes have ended. */
export async function restoreMachine() {
  // The link goes with the node's namespace, only a moment later.
  await capture('ip', ['link', 'delete', linkName]);
  await capture('nft', ['delete', 'table', 'ip', clusterName]);
  for (const group of cgroups()) {
    await removeCgroup(group);
  }
  restoreForwarding();
}

/** The processes of the cluster. */
export function clusterProcesses() {
  return processIds().filter(inCgroup);
}

function inCgroup(pid) {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8')
      .split('\n')
      .some(line => line.split(':')[2]?.split('/')[1] === clusterName);
  } catch {
    return false; // it has ended
  }
}

/** All that is there of the cluster on the machine, in words. */
export async function traces() {
  if (process.platform !== 'linux') {
    return [];
  }
  const tables = await capture('nft', ['list', 'tables']);
  return [
    ...clusterProcesses().map(pid => `process ${pid}`),
    ...mountsBelow(
      clusterFolder,
      readFileSync('/proc/self/mountinfo', 'utf8'),
    ).map(path => `mount ${path}`),
    ...[`/sys/class/net/${linkName}`, ...cgroups(), clusterFolder].filter(
      existsSync,
    ),
    ...tables.stdout
      .split('\n')
      .filter(line => line.endsWith(` ${clusterName}`)),
  ];
}
