import type { StageWork } from '../stage';
import { applyPart } from './applyPart';

/** Brings up the databases and caches of the workspace, until each has answered a login. */
export const dependencies: StageWork = {
  async run(context) {
    const { dependencies: rows } = await context.rows();
    if (rows.length === 0) return { skipped: 'the workspace has none' };
    await applyPart(context, { kind: 'dependencies' });
    return {};
  },
};
