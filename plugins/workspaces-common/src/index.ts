/**
 * Types, naming rules, permissions and API client of Slipway.
 *
 * @packageDocumentation
 */
export * from './client';
export * from './model';
export * from './names';
export * from './permissions';
export * from './platforms';
export * from './searchDocument';
export * from './templateForm';
