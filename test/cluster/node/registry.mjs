// The registry of the cluster: one of Debian's, over TLS with a name and a
// password. The node trusts it; whoever else asks needs its authority's file.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { capture } from '../../../scripts/command.mjs';
import { Problem } from '../../../scripts/terminal.mjs';
import { runFolder, sources } from '../settings.mjs';
import { clusterValues, render } from './template.mjs';

const user = 'slipway';
/** The lowest: at the usual cost every request would take 0.3 s of CPU. */
const bcryptCost = '05';

/** A line of the file htpasswd; perl is in every Debian. */
async function passwordLine(password) {
  const salt = randomBytes(11).toString('hex');
  const { code, stdout, stderr } = await capture(
    'perl',
    [...['-e', 'print crypt(<STDIN>, $ARGV[0])'], `$2y$${bcryptCost}$${salt}`],
    { input: password },
  );
  if (code !== 0 || !stdout.startsWith('$2y$')) {
    throw new Problem(`The registry's password cannot be made: ${stderr}`);
  }
  return `${user}:${stdout}\n`;
}

/** Lets the node's containerd trust the registry; it reads this at each pull. */
function trust(addresses, authority) {
  const folder = join(runFolder, 'certs.d', addresses.registry);
  const template = join(sources, 'node', 'config', 'hosts.toml');
  mkdirSync(folder, { recursive: true });
  copyFileSync(authority, join(folder, 'ca.crt'));
  writeFileSync(
    join(folder, 'hosts.toml'),
    render(readFileSync(template, 'utf8'), clusterValues(addresses)),
  );
}

/** Prepares the registry; returns how it is reached. */
export async function prepareRegistry(addresses) {
  const authority = join(runFolder, 'pki', 'registry-ca.crt');
  const password = randomBytes(12).toString('hex');
  writeFileSync(
    join(runFolder, 'etc', 'htpasswd'),
    await passwordLine(password),
    { mode: 0o600 },
  );
  trust(addresses, authority);
  return { address: addresses.registry, authority, user, password };
}
