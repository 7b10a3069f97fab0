import { buildah } from './buildah';
import { buildkit } from './buildkit';
import { kaniko } from './kaniko';
import type { BuilderName, Strategy } from './Strategy';

/** All builders, by their names. */
export const strategies: Record<BuilderName, Strategy> = {
  buildkit,
  buildah,
  kaniko,
};

export { BUILDERS, POD_SECURITY } from './Strategy';
export type {
  Blame,
  BuilderName,
  BuildTask,
  Inability,
  OutputReader,
  Said,
  Strategy,
} from './Strategy';
export * from './baseImages';
export * from './script';
