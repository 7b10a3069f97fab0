export { Duration } from './Duration';
export { RelativeTime } from './RelativeTime';
export { Seen } from './Seen';
export { useNow } from './useNow';
export { useTimeText } from './useTimeText';
