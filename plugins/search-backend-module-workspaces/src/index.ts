/**
 * Finds Slipway workspaces and endpoints in the search of the portal.
 *
 * @packageDocumentation
 */
export { searchModuleWorkspacesCollator as default } from './module';
