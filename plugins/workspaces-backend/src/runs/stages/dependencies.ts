import type { DependencyRow } from '../../store/rows';
import { generatedPassword } from '../../secrets/generatedPassword';
import type { StageContext, StageWork } from '../stage';
import { applyPart } from './applyPart';

/** Brings up the databases and caches of the workspace, until each has answered a login. */
export const dependencies: StageWork = {
  async run(context) {
    const { dependencies: rows } = await context.rows();
    if (rows.length === 0) return { skipped: 'the workspace has none' };
    await changePassword(context, rows);
    await applyPart(context, { kind: 'dependencies' });
    return {};
  },
};

/**
 * Where the run is for that. Another password is stored once only, however often the stage is carried out, or the same
 * was asked for before the first was done.
 */
async function changePassword(
  context: StageContext,
  rows: DependencyRow[],
): Promise<void> {
  const { input, services } = context;
  if (!input.password) return;
  const { dependency, version } = input.password;
  const row = rows.find(({ name }) => name === dependency);
  if (!row) {
    context.log(
      `${dependency} is no dependency any more; no password is changed`,
    );
    return;
  }
  const isNew = await services.secrets.replace(
    row.password_secret,
    generatedPassword(),
    version,
  );
  context.log(
    isNew
      ? `${dependency} gets a new password`
      : `${dependency} has got a new password already since this was asked for`,
  );
}
