export * from './WorkspacesApi';
export * from './DefaultWorkspacesApi';
