/**
 * The words of Slipway as types. They are those of the API document, so that what
 * the API says, what the core computes and what the pages show cannot differ.
 */
import type {
  RunState,
  StageName,
  StageState,
} from './schema/openapi/generated/models';

export type {
  App,
  AppDefinition,
  AppSpec,
  BuildArgument,
  BuildPlatform,
  BuildSecret,
  BuildSpec,
  Check,
  CheckFix,
  CheckList,
  Dependency,
  DependencySpec,
  DependencyType,
  Diagnosis,
  Endpoint,
  EndpointChange,
  EndpointHistory,
  EndpointList,
  EndpointMoment,
  EndpointState,
  EnvironmentVariable,
  Evidence,
  AutomaticFix,
  FixedBy,
  EngineFix,
  FileSpec,
  FixResult,
  LastExit,
  LogLine,
  LogPage,
  MigrationSpec,
  NewRun,
  NewRunApp,
  NewSecret,
  NewWorkspace,
  Plan,
  PlanChange,
  QueuePosition,
  Drift,
  PasswordChange,
  Receipt,
  ReceiptItem,
  Release,
  ReleaseList,
  Replica,
  ReplicaState,
  Restart,
  Rollback,
  Run,
  RunEvent,
  RunEventList,
  RunKind,
  RunList,
  RunRetry,
  RunState,
  RunSummary,
  Scale,
  Secret,
  SecretChange,
  SecretList,
  SourceInspection,
  SourceSpec,
  SourceToInspect,
  SourceType,
  Stage,
  StageName,
  StageState,
  UploadedSource,
  VolumeSpec,
  Workspace,
  WorkspaceChange,
  WorkspaceList,
  WorkspaceSize,
} from './schema/openapi/generated/models';

/**
 * The stages of a run that deploys, in their order.
 *
 * @public
 */
export const deployStages = [
  'provision',
  'fetch',
  'build',
  'dependencies',
  'migrate',
  'deploy',
  'expose',
  'verify',
] as const satisfies readonly StageName[];

/**
 * Stage states that never change within an attempt.
 *
 * @public
 */
export const finalStageStates: readonly StageState[] = [
  'succeeded',
  'failed',
  'skipped',
  'cancelled',
];

/**
 * Run states that change only by a retry.
 *
 * @public
 */
export const finalRunStates: readonly RunState[] = [
  'succeeded',
  'failed',
  'cancelled',
];
