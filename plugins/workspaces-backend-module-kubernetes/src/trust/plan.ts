import { ContainerdSight, usualPlan } from './containerd';
import { planCrio } from './crio';
import { planK3s } from './k3s';
import type { NodeReport } from './report';
import type { NodeRuntime } from './runtime';
import { emptyPlan, TrustPlan, WantedTrust } from './types';

/** The plan for a node by its runtime alone, without a look at its files. */
export function planByRuntime(
  wanted: WantedTrust,
  { kind, version }: NodeRuntime,
): TrustPlan {
  switch (kind) {
    case 'containerd':
      return usualPlan(wanted);
    case 'crio':
      return planCrio(wanted);
    case 'k3s':
    case 'rke2':
      return planK3s(wanted, kind);
    default:
      return {
        ...emptyPlan(),
        obstacle: `It is not known how the runtime of this node (${version}) is told`,
      };
  }
}

/** What a look at a node says of its containerd. */
export function sightOf(report: NodeReport): ContainerdSight {
  const config = report.fact('config') ?? '';
  return {
    // The cluster does not know it for a while after a restart.
    version: report.fact('version') ?? '',
    config,
    configText: report.files('config').get(config),
    dump: report.text('dump') ?? '',
    files: report.files('file'),
    folders: report.facts('folder'),
    others: report.facts('other'),
  };
}
