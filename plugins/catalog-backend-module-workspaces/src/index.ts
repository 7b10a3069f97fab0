/**
 * Makes a Component of every app of a Slipway workspace.
 *
 * @packageDocumentation
 */
export { catalogModuleWorkspaces as default } from './module';
