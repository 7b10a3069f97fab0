import type { StageWork } from '../stage';
import { applyPart } from './applyPart';

/** Makes the isolated place in which the workspace lives: a network, a namespace. */
export const provision: StageWork = {
  async run(context) {
    await applyPart(context, { kind: 'place' });
    return {};
  },
};
