export { Duration } from './Duration';
export { RelativeTime } from './RelativeTime';
export { useNow } from './useNow';
export { useTimeText } from './useTimeText';
