export type { EngineHarness } from './harness';
export { engineContract } from './engineContract';
export { ContractSecrets, ContractSuite } from './suite';
