export { needsAction, summaryOf, type Need } from './needs';
export {
  appStanding,
  dependencyStanding,
  desiredReplicas,
  lastEnded,
  replicaStanding,
  runInVain,
  servingReplicas,
  workspaceStanding,
} from './standing';
