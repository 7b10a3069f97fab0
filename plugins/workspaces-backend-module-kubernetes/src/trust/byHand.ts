import type { Edit, TrustPlan } from './types';

/** A plan as text that somebody carries out as root on a node: commands of a shell, and comments where there are none. */
export function byHand(plan: TrustPlan): string {
  const folders = plan.edits.flatMap(({ kind, path }) =>
    kind === 'put' ? [path.slice(0, path.lastIndexOf('/'))] : [],
  );
  return [
    ...(plan.obstacle ? [`# ${plan.obstacle}`] : []),
    ...plan.notes.map(note => `# ${note}`),
    ...[...new Set(folders)].map(folder => `mkdir -p '${folder}'`),
    ...plan.edits.filter(({ content }) => content !== '').map(step),
    ...plan.restart,
  ].join('\n');
}

function step({ path, content, kind, description }: Edit): string {
  if (kind === 'splice') {
    const lines = content
      .trim()
      .split('\n')
      .map(line => `#     ${line.trim()}`);
    return [`# In ${path}, ${description}:`, ...lines].join('\n');
  }
  return [
    `cat > '${path}' <<'SLIPWAY'`,
    `${content.trimEnd()}`,
    'SLIPWAY',
  ].join('\n');
}
