/**
 * Entity tabs of Slipway: the builds of an app, and where it is reached.
 *
 * @packageDocumentation
 */
export { workspacesPlugin as default } from './plugin';
export * from './api';
export { workspacesTranslationRef } from './translation';
