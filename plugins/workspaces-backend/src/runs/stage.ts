import type { JsonObject } from '@backstage/types';
import type {
  AppSpec,
  StageName,
} from '@slipway/backstage-plugin-workspaces-common';
import type {
  EngineContext,
  ImageBuilder,
  RawEvidence,
  WorkspaceEngine,
} from '@slipway/backstage-plugin-workspaces-node';
import type { Knex } from 'knex';
import type { RunInput, RunRow } from '../store/rows';
import type { WorkspaceRows } from '../workspaces/desiredState';
import type { RunServices } from './services';

/** The part of an engine that stages use. */
export type StageEngine = Pick<
  WorkspaceEngine,
  'apply' | 'plan' | 'runJob' | 'destroy' | 'cancel'
>;

/** The part of a builder that stages use. */
export type StageBuilder = Pick<ImageBuilder, 'build' | 'cancel'>;

/** Writes that go into the same transaction as the checkpoint of a stage. */
export type Alongside = (trx: Knex.Transaction) => Promise<void>;

/** What a stage gets. */
export interface StageContext {
  run: RunRow;
  input: RunInput;
  /** Name of the app; empty where the stage concerns the workspace. */
  app: string;
  /** Of the app, as it was when the run was started or last retried. */
  spec: AppSpec;
  engine: StageEngine;
  builder: StageBuilder;
  /** For every call of engine and builder; its signal is that of the stage. */
  engineContext: EngineContext;
  services: RunServices;
  /** The workspace as it is stored now. */
  rows(): Promise<WorkspaceRows>;
  /** What an earlier stage of the same app, or of the workspace, gave. */
  outputsOf(stage: StageName): JsonObject;
  /** Adds lines to the log of the stage; ends when there is room for more, and never rejects. */
  log(text: string, at?: Date): Promise<void>;
  /**
   * Asked for each line of work that tells its log from the start again when it is adopted:
   * whether the log has the line already, from whoever watched before.
   */
  isInLog(at: Date): boolean;
  /** Keeps what was seen, for the diagnosis if the stage fails. */
  saw(evidence: RawEvidence): void;
  /** The last lines of the log, as evidence. */
  logTail(): RawEvidence[];
}

/** How a stage ended well. */
export interface StageResult {
  /** Kept as JSON, for later stages and for pages. */
  outputs?: Record<string, unknown>;
  /** It had nothing to do; why. */
  skipped?: string;
  alongside?: Alongside;
  /** Done after the checkpoint; a failure of it is a warning. */
  afterwards?: () => Promise<void>;
}

/**
 * What a stage does. Whoever takes over a run calls `run` again for a stage that was
 * under way, so it must end the same from every point at which it was left.
 */
export interface StageWork {
  run(context: StageContext): Promise<StageResult>;
  /** Puts back what the stage had changed for others, when it failed or was cancelled. */
  undo?(context: StageContext): Promise<Alongside | undefined>;
}
