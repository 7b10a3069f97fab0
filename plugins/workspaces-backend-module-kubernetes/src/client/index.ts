export { Cluster } from './Cluster';
export type { ObjectList, Selection } from './Cluster';
export { FIELD_MANAGER, stripped } from './transport';
export type { ClusterRequest } from './transport';
export {
  ClusterError,
  isAlreadyThere,
  isExpired,
  isNotFound,
  isPassing,
} from './failure';
export {
  hasLabels,
  kinds,
  labelSelector,
  listPath,
  objectPath,
  referenceTo,
} from './objects';
export type {
  ClusterObject,
  Labels,
  ObjectReference,
  ResourceKind,
} from './objects';
export { containerStatus, followPodLog, readPodLog } from './PodLog';
export type { LogRange, LogSource, Pod } from './PodLog';
export { Reflector } from './Reflector';
export type { Change, Sight } from './Reflector';
export type { Seen, SharedReflectors } from './SharedReflectors';
export type { RawLogLine } from './logLines';
