export { needsAction, summaryOf, type Need } from './needs';
export {
  appStanding,
  dependencyStanding,
  desiredReplicas,
  lastEnded,
  replicaStanding,
  servingReplicas,
  workspaceStanding,
} from './standing';
