export * from './requests';
export { followStream, type FollowStreamOptions } from './stream';
export * from './streamMessages';
export { WorkspacesClient } from './WorkspacesClient';
