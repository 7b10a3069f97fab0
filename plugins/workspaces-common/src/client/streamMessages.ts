import type {
  Endpoint,
  LogLine,
  Run,
  RunEvent,
  StageName,
  Workspace,
} from '../schema/openapi/generated/models';

/**
 * The log of one stage of a run; of one app where the stage concerns an app.
 *
 * @public
 */
export interface LogReference {
  run: string;
  stage: StageName;
  app?: string;
}

/**
 * What the live stream says. Every message carries the whole thing that changed,
 * except `log`, which carries lines that follow on those before.
 *
 * @public
 */
export type StreamMessage =
  | { type: 'run'; data: Run }
  | { type: 'event'; data: RunEvent }
  | {
      type: 'log';
      data: LogReference & { items: LogLine[]; complete: boolean };
    }
  | { type: 'endpoint'; data: Endpoint }
  | { type: 'workspace'; data: Workspace }
  | { type: 'deleted'; data: { workspace: string } };

/**
 * What listens to a live stream.
 *
 * @public
 */
export interface StreamListener {
  onMessage(message: StreamMessage): void;
  /** Something arrived, be it only a heartbeat. */
  onSeen(): void;
  /** The connection was opened, or was lost and is being opened again. */
  onConnection(state: 'live' | 'reconnecting'): void;
  /** The server refuses the stream; it is not asked again. */
  onRefused(error: Error): void;
}

/**
 * Topic of the live stream for the log of one stage.
 *
 * @public
 */
export function logTopic(log: LogReference): string {
  return `log:${log.run}/${log.stage}/${log.app ?? ''}`;
}
