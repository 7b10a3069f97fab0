/**
 * The core of Slipway: workspaces, runs, endpoints and diagnosis.
 *
 * @packageDocumentation
 */
export { workspacesPlugin as default } from './plugin';
