export { useQueueText } from './useQueueText';
export { useRunTitle } from './useRunTitle';
