/**
 * What engines and builders have in common: for those who write one.
 *
 * @packageDocumentation
 */
export * from './buildSecrets';
export * from './buildSpecification';
export * from './bundle';
export * from './channel';
export * from './Dockerfile';
export * from './evidence';
export * from './postgres';
export * from './probe';
export * from './refusal';
export { listeningSockets, listensElsewhere, socketEvidence } from './sockets';
export type { ListeningSocket, Sockets } from './sockets';
export * from './waiting';
