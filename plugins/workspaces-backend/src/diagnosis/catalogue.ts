import type { Rule } from './rule';
import {
  baseImageRules,
  buildMemoryRules,
  buildRules,
  explainedBuildRules,
} from './rules/build';
import { databaseRules, dependencyRules } from './rules/database';
import {
  deadlineRule,
  endpointRules,
  engineRules,
  imageRules,
  portRules,
} from './rules/engine';
import { registryRules } from './rules/registry';
import {
  crashRules,
  healthRules,
  memoryRules,
  migrationRules,
  socketRules,
  startRules,
} from './rules/runtime';
import { gitRules, sourceRules } from './rules/source';

/**
 * All named causes, in ranks: a rule of an earlier rank wins over one of a later, however
 * late its evidence came. Within a rank the first sign wins; on one piece of evidence the rule that stands first.
 */
export const catalogue: readonly (readonly Rule[])[] = [
  engineRules,
  [...sourceRules, ...gitRules],
  memoryRules,
  explainedBuildRules,
  baseImageRules,
  buildMemoryRules,
  buildRules,
  migrationRules,
  startRules,
  portRules,
  endpointRules,
  socketRules,
  imageRules,
  registryRules,
  dependencyRules,
  crashRules,
  databaseRules,
  healthRules,
  [{ ...deadlineRule, because: databaseRules }],
];
