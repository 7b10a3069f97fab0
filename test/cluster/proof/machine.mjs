// What the machine shows of a cluster, seen with other eyes than the ones that
// the cluster is removed by.
import { readFileSync } from 'node:fs';
import { capture } from '../../../scripts/command.mjs';
import { clusterFolder, clusterName, linkName } from '../settings.mjs';

/** Where on a machine a cluster shows, as the machine tells it. */
const places = {
  links: ['ip', '-brief', 'link'],
  routes: ['ip', 'route'],
  tables: ['nft', 'list', 'tables'],
  cgroups: ['find', '/sys/fs/cgroup', '-type', 'd'],
  processes: ['ps', '-e', '-o', 'cgroup=,args='],
  mounts: ['cat', '/proc/self/mounts'],
  rules: ['iptables-save'],
};
/** What is no place of the cluster, and kubelet would change. */
const settings = ['vm/overcommit_memory', 'kernel/panic', 'vm/panic_on_oom'];

/**
 * The lines of each place that tell of this cluster. Others work on the same
 * machine, and what they make and remove meanwhile is not looked at.
 */
export async function visible({ registry }) {
  const network = registry.address.split('.').slice(0, 2).join('.');
  const marks = [clusterName, linkName, clusterFolder, 'KUBE-'];
  const isOurs = line =>
    [...marks, `${network}.`].some(mark => line.includes(mark));
  const found = {};
  for (const [place, [program, ...args]] of Object.entries(places)) {
    const { stdout } = await capture(program, args);
    found[place] = stdout.split('\n').filter(isOurs);
  }
  return found;
}

export function readSettings() {
  return settings.map(name => readFileSync(`/proc/sys/${name}`, 'utf8'));
}
