import type {
  Check,
  EndpointState,
  ReplicaState,
  RunState,
  StageState,
} from '@slipway/backstage-plugin-workspaces-common';
import type { Tone } from '../tones';

/**
 * Every state a page can show; `stale` is that of the page itself. A replica that runs is `up`:
 * running is said of what will come to an end.
 */
export type State =
  | RunState
  | StageState
  | EndpointState
  | ReplicaState
  | Check['state']
  | 'up'
  | 'stale';

/** The shape differs as well as the colour, so that a state survives greyscale. */
export type Shape =
  | 'disc-tick'
  | 'octagon-cross'
  | 'turning-ring'
  | 'triangle'
  | 'ring'
  | 'barred-ring'
  | 'disc-square'
  | 'dashed-ring';

export const states: Record<State, { tone: Tone; shape: Shape }> = {
  succeeded: { tone: 'good', shape: 'disc-tick' },
  healthy: { tone: 'good', shape: 'disc-tick' },
  passed: { tone: 'good', shape: 'disc-tick' },
  up: { tone: 'good', shape: 'disc-tick' },
  failed: { tone: 'bad', shape: 'octagon-cross' },
  down: { tone: 'bad', shape: 'octagon-cross' },
  running: { tone: 'busy', shape: 'turning-ring' },
  starting: { tone: 'busy', shape: 'turning-ring' },
  degraded: { tone: 'warning', shape: 'triangle' },
  restarting: { tone: 'warning', shape: 'triangle' },
  warning: { tone: 'warning', shape: 'triangle' },
  stale: { tone: 'warning', shape: 'triangle' },
  queued: { tone: 'quiet', shape: 'ring' },
  pending: { tone: 'quiet', shape: 'ring' },
  skipped: { tone: 'quiet', shape: 'barred-ring' },
  cancelled: { tone: 'quiet', shape: 'disc-square' },
  stopped: { tone: 'quiet', shape: 'disc-square' },
  unknown: { tone: 'quiet', shape: 'dashed-ring' },
};
