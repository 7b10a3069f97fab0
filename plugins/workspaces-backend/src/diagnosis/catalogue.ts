import type { Rule } from './rule';
import { admissionRules } from './rules/admission';
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
import { networkRules } from './rules/network';
import { pushRules } from './rules/push';
import { registryRules } from './rules/registry';
import {
  crashRules,
  healthRules,
  memoryRules,
  migrationRules,
  socketRules,
  startRules,
} from './rules/runtime';
import { mountRules, schedulingRules } from './rules/scheduling';
import { gitRules, sourceRules } from './rules/source';
import { builderRules, builderStartRules, throttleRules } from './rules/tekton';

/**
 * All named causes, in ranks: a rule of an earlier rank wins over one of a later, however
 * late its evidence came. Within a rank the first sign wins; on one piece of evidence the rule that stands first.
 */
export const catalogue: readonly (readonly Rule[])[] = [
  engineRules,
  [...admissionRules, ...mountRules, ...schedulingRules],
  [...sourceRules, ...gitRules],
  memoryRules,
  explainedBuildRules,
  throttleRules,
  builderRules,
  builderStartRules,
  pushRules,
  baseImageRules,
  buildMemoryRules,
  buildRules,
  networkRules,
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
