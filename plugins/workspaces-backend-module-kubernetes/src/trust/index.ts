export { nodeTrustChecks } from './checks';
export { NODE_TRUST_FIX, nodeTrustFixes } from './fixes';
export { healNewNodes } from './healing';
export { NodeTrust } from './NodeTrust';
export type { NodeTrustState } from './NodeTrust';
export { readTrustSettings } from './settings';
export type { TrustSettings } from './settings';
export type { NodeTrustOutcome } from './types';
