import { InputError } from '@backstage/errors';
import type { DependencySpec } from '@slipway/backstage-plugin-workspaces-common';
import type { DependencyRow } from '../store/rows';
import { fieldOf, type Specification } from './parts';
import { checkGrowth } from './volumes';

type NamedDependency = DependencySpec & { name: string };

/** The specification of a stored dependency. */
export function dependencySpec(row: DependencyRow): NamedDependency {
  return { ...(JSON.parse(row.spec) as DependencySpec), name: row.name };
}

/**
 * Which rows the wanted dependencies have from now on; without a row one is new. What the
 * data of a dependency was made with cannot be changed behind it: that is an InputError.
 */
export function changedDependencies(
  wanted: Specification['dependencies'],
  before: DependencyRow[],
): { spec: NamedDependency; row?: DependencyRow }[] {
  return wanted.map(located => {
    const row = before.find(each => each.name === located.spec.name);
    if (!row) return { spec: located.spec };
    const stored = dependencySpec(row);
    const problem = (field: keyof DependencySpec, from: string, to: string) =>
      new InputError(
        `${fieldOf(
          located,
          field,
        )}: cannot be changed from "${from}" to "${to}", its data was made with the former; add a dependency of another name`,
      );
    for (const field of ['type', 'database', 'username'] as const) {
      const [from, to] = [settled(stored, field), settled(located.spec, field)];
      if (from !== to) throw problem(field, from, to);
    }
    const [from, to] = [stored.version ?? '', located.spec.version ?? ''];
    if (stored.type === 'postgres' && major(from) !== major(to))
      throw problem('version', from, to);
    checkGrowth(fieldOf(located, 'volumeSizeGiB'), {
      from: stored.volumeSizeGiB,
      to: located.spec.volumeSizeGiB,
    });
    return {
      spec: located.spec,
      row: { ...row, spec: JSON.stringify(located.spec) },
    };
  });
}

function settled(
  spec: DependencySpec,
  field: 'type' | 'database' | 'username',
): string {
  return spec[field] ?? 'app';
}

/** PostgreSQL reads the data of its own major version only. */
function major(version: string): string {
  return version.split(/[.-]/)[0];
}
