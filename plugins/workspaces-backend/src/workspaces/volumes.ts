import { InputError } from '@backstage/errors';
import type { AppSpec } from '@slipway/backstage-plugin-workspaces-common';
import { fieldOf, type Located } from './parts';

/** Refuses to make a volume smaller. Without a size it stays as it is. */
export function checkGrowth(
  field: string,
  { from, to }: { from?: number; to?: number },
): void {
  if (from !== undefined && to !== undefined && to < from) {
    throw new InputError(
      `${field}: cannot be changed from ${from} to ${to}, a volume does not become smaller`,
    );
  }
}

/** The same for all volumes of an app that it had before. */
export function checkVolumes(
  app: Located<AppSpec>,
  before: AppSpec | undefined,
): void {
  for (const [index, { name, sizeGiB }] of (app.spec.volumes ?? []).entries()) {
    const stored = before?.volumes?.find(volume => volume.name === name);
    checkGrowth(fieldOf(app, `volumes[${index}].sizeGiB`), {
      from: stored?.sizeGiB,
      to: sizeGiB,
    });
  }
}
