export { Cluster, FIELD_MANAGER } from './Cluster';
export type { ClusterRequest, ObjectList, Selection } from './Cluster';
export {
  ClusterError,
  isAlreadyThere,
  isExpired,
  isNotFound,
  isPassing,
} from './failure';
export { kinds, labelSelector, listPath, objectPath } from './objects';
export type { ClusterObject, ObjectReference, ResourceKind } from './objects';
export { containerStatus, followPodLog, readPodLog } from './PodLog';
export type { LogRange, LogSource, Pod, RawLogLine } from './PodLog';
export { Reflector } from './Reflector';
export type { Change, Sight } from './Reflector';
