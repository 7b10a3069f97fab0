// Debian's packages that the cluster is made of. A program that is there
// already is used as it is: its package may come from elsewhere, and Debian's
// would replace it (Docker's own containerd, with the Docker that needs it).
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { requirePackages } from '../../scripts/system/packages.mjs';

/** Where Debian keeps the plugins that connect pods. */
export const pluginFolder = '/usr/lib/cni';

/** Packages by a program of each. */
const packages = {
  containerd: 'containerd',
  runc: 'runc',
  [join(pluginFolder, 'ptp')]: 'containernetworking-plugins',
  etcd: 'etcd-server',
  'docker-registry': 'docker-registry',
  nft: 'nftables',
  iptables: 'iptables',
  conntrack: 'conntrack',
  ip: 'iproute2',
  sysctl: 'procps',
  unshare: 'util-linux',
  openssl: 'openssl',
  zstd: 'zstd',
  newuidmap: 'uidmap',
  setcap: 'libcap2-bin',
};

function isThere(program) {
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...['/usr/local/sbin', '/usr/sbin', '/sbin'],
  ];
  return program.startsWith('/')
    ? existsSync(program)
    : folders.some(folder => existsSync(join(folder, program)));
}

/** The packages of the programs that `has` does not find. */
export function neededPackages(has = isThere) {
  const missing = Object.entries(packages)
    .filter(([program]) => !has(program))
    .map(([, name]) => name);
  // Another busybox is no help: images of it alone have no libraries.
  return [...missing, 'busybox-static'];
}

export function requirePrograms(update) {
  return requirePackages(neededPackages(), 'run the test cluster', update);
}
