export {
  outputsOf,
  sourceChanges,
  type AppOutputs,
  type SourceChange,
} from './outputs';
export { LastRun } from './LastRun';
export { Revision } from './Revision';
export { RunInVain } from './RunInVain';
export { SourceChangeText } from './SourceChangeText';
export { useQueueText } from './useQueueText';
export { useRunTitle } from './useRunTitle';
