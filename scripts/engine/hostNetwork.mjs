// What a Docker daemon changes in the network of the machine, and how to take
// it back: its bridge, its iptables rules, and forwarding. The state before
// the first start is kept in a file until the engine is stopped.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { engineFolder } from '../paths.mjs';
import { captureAsRoot } from '../system/privileges.mjs';
import { Problem } from '../terminal.mjs';

export const bridge = 'slipway0';

const forwarding = '/proc/sys/net/ipv4/ip_forward';
const tables = ['filter', 'nat'];
const memory = join(engineFolder, 'network-before.json');

/** Networks of which we take one: the first half byte pair of a /16. */
const candidates = ['10.221', '10.231', '172.29', '172.26', '10.141'];

function toNumber(address) {
  return address
    .split('.')
    .reduce((number, part) => number * 256 + Number(part), 0);
}

/** The routes of /proc/net/route other than the default one. */
export function parseRoutes(text) {
  const fromHexadecimal = field =>
    Buffer.from(field, 'hex').reverse().readUInt32BE();
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map(line => line.split(/\s+/))
    .filter(fields => fields[1] !== '00000000')
    .map(fields => ({
      device: fields[0],
      network: fromHexadecimal(fields[1]),
      mask: fromHexadecimal(fields[7]),
    }));
}

/** The first network of `among` that no route of another device touches. */
export function chooseNetwork(routes, among = candidates) {
  const isFree = prefix => {
    const network = toNumber(`${prefix}.0.0`);
    return routes.every(route => {
      const common = Math.min(route.mask, 0xffff0000);
      return (network & common) !== (route.network & common);
    });
  };
  return among.find(isFree) ?? among[0];
}

/** Chooses a /16, of the private engine if not told, e.g. "10.221". */
export function freeNetwork(among = candidates) {
  const routes = existsSync('/proc/net/route')
    ? parseRoutes(readFileSync('/proc/net/route', 'utf8'))
    : [];
  return chooseNetwork(routes, among);
}

async function listRules() {
  const rules = {};
  for (const table of tables) {
    const { code, stdout } = await captureAsRoot('iptables', [
      '-t',
      table,
      '-S',
    ]);
    rules[table] = code === 0 ? stdout.trim().split('\n') : [];
  }
  return rules;
}

/** Makes the bridge and remembers how the network was before it. */
export async function prepareNetwork(prefix) {
  if (!existsSync(memory)) {
    const rules = await listRules();
    writeFileSync(
      memory,
      JSON.stringify({
        forwarding: readFileSync(forwarding, 'utf8').trim(),
        forwardPolicy: rules.filter.find(rule => rule.startsWith('-P FORWARD')),
        hadDocker: rules.filter.includes('-N DOCKER'),
      }),
    );
  }
  if (bridge in networkInterfaces()) {
    return;
  }
  const commands = [
    ['link', 'add', bridge, 'type', 'bridge'],
    ['address', 'replace', `${prefix}.0.1/24`, 'dev', bridge],
    ['link', 'set', bridge, 'up'],
  ];
  for (const args of commands) {
    const { code, stderr } = await captureAsRoot('ip', args);
    // A bridge that is down is not listed among the interfaces.
    if (code !== 0 && !stderr.includes('File exists')) {
      throw new Problem(
        `The network of the container engine cannot be made ("ip ${args.join(
          ' ',
        )}": ${stderr.trim()}).`,
        {
          fix: 'In a container this needs "--privileged"; better, start a Docker engine outside and set DOCKER_HOST.',
        },
      );
    }
  }
}

/**
 * The iptables commands that take Docker's rules out of one table, from its
 * `iptables -S` lines: first the rules that lead into Docker's chains or name
 * one of its bridges, then the chains.
 */
export function undoRules(lines) {
  const words = line =>
    line.match(/"[^"]*"|\S+/g).map(word => word.replace(/^"|"$/g, ''));
  const chains = lines
    .filter(line => /^-N DOCKER(-|$)/.test(line))
    .map(line => line.split(' ')[1]);
  const isOurs = line =>
    line.startsWith('-A ') &&
    !chains.includes(line.split(' ')[1]) &&
    (/ -j DOCKER(-\S+)?( |$)/.test(line) ||
      new RegExp(` -[io] (${bridge}|br-[0-9a-f]{12})( |$)`).test(line));
  return [
    ...lines.filter(isOurs).map(line => ['-D', ...words(line).slice(1)]),
    ...chains.map(chain => ['-F', chain]),
    ...chains.map(chain => ['-X', chain]),
  ];
}

/** Takes back what the engine has changed; called when it is stopped. */
export async function restoreNetwork() {
  await captureAsRoot('ip', ['link', 'delete', bridge]);
  if (!existsSync(memory)) {
    return;
  }
  const before = JSON.parse(readFileSync(memory, 'utf8'));
  if (!before.hadDocker) {
    const rules = await listRules();
    for (const table of tables) {
      for (const args of undoRules(rules[table])) {
        await captureAsRoot('iptables', ['-t', table, ...args]);
      }
    }
    if (before.forwardPolicy) {
      await captureAsRoot('iptables', before.forwardPolicy.split(' '));
    }
    await captureAsRoot('sysctl', [
      '-q',
      `net.ipv4.ip_forward=${before.forwarding}`,
    ]);
  }
  rmSync(memory, { force: true });
}
