/**
 * Template actions that create, deploy and delete Slipway workspaces.
 *
 * @packageDocumentation
 */
export { scaffolderModuleWorkspaces as default } from './module';
