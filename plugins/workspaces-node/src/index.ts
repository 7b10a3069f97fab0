/**
 * The ports of Slipway: what an engine and a builder are, and what rules see of a workspace.
 *
 * @packageDocumentation
 */
export * from './builder';
export * from './context';
export * from './desired';
export * from './engine';
export * from './extensions';
export * from './failure';
export * from './permissions';
export * from './workspacesService';
