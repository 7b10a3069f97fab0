export { WorkspaceCard } from './WorkspaceCard';
