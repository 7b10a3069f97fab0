export { readBuilders } from './settings';
export { TektonBuilder } from './TektonBuilder';
export type { BuildResources } from './taskRun';
