import type {
  AppSpec,
  DependencyType,
  EndpointState,
  Release,
  RunEvent,
  RunKind,
  RunState,
  StageName,
  StageState,
  WorkspaceSize,
} from '@slipway/backstage-plugin-workspaces-common';

/** Milliseconds since 1970, UTC. */
export type Moment = number;

export interface WorkspaceRow {
  id: string;
  name: string;
  live_name: string | null;
  owner: string;
  engine: string;
  size: WorkspaceSize;
  last_run_number: number;
  created_by: string;
  created_at: Moment;
  deleted_at: Moment | null;
  /** Receipt as JSON. */
  receipt: string | null;
}

export interface AppRow {
  workspace_id: string;
  name: string;
  entity_ref: string;
  /** AppSpec as JSON. */
  spec: string;
  serving_release: number | null;
  last_release: number;
  created_at: Moment;
}

export interface DependencyRow {
  workspace_id: string;
  name: string;
  type: DependencyType;
  /** DependencySpec as JSON, defaults filled in. */
  spec: string;
  password_secret: string;
  created_at: Moment;
}

export interface ReleaseRow {
  workspace_id: string;
  app: string;
  number: number;
  run_id: string;
  image: string;
  revision: string | null;
  /** AppSpec as it was deployed, JSON. */
  spec: string;
  /** JSON object: dependency name to version. */
  dependency_versions: string;
  /** Command as JSON array. */
  migration: string | null;
  state: Release['state'];
  created_at: Moment;
  /** When it was verified last; null where it never was. */
  served_at: Moment | null;
  /** When the removal of its image was begun last; null where it is there. */
  retired_at: Moment | null;
}

/** What a run is about to make a release of. */
export type NewRelease = Omit<
  ReleaseRow,
  'number' | 'created_at' | 'state' | 'served_at' | 'retired_at'
>;

export interface RunRow {
  id: string;
  workspace_id: string;
  number: number;
  kind: RunKind;
  state: RunState;
  reason: string | null;
  /** JSON array of names. */
  apps: string;
  /** RunInput as JSON. */
  input: string;
  owner: string;
  created_by: string;
  created_at: Moment;
  queued_at: Moment;
  started_at: Moment | null;
  ended_at: Moment | null;
  cancel_requested_at: Moment | null;
  worker: string | null;
  epoch: number;
  lease_until: Moment | null;
  last_event: number;
}

/** What a run was asked for beyond its apps. */
export interface RunInput {
  /** deploy: the specification of each app when the run was started or last retried, by name. */
  specs?: Record<string, AppSpec>;
  /** rollback: the release to deploy again. */
  release?: number;
  /** scale: how many replicas are to run. */
  replicas?: number;
  /** password: whose it is, and its version before the run changes it. */
  password?: { dependency: string; version: number };
}

export interface StageRow {
  run_id: string;
  /** Empty where the stage concerns the workspace. */
  app: string;
  stage: StageName;
  attempt: number;
  state: StageState;
  reason: string | null;
  started_at: Moment | null;
  ended_at: Moment | null;
  deadline_at: Moment | null;
  heartbeat_at: Moment | null;
  /** JSON object. */
  outputs: string | null;
  /** Diagnosis as JSON. */
  diagnosis: string | null;
}

export interface RunEventRow {
  run_id: string;
  sequence: number;
  workspace_id: string;
  at: Moment;
  type: RunEvent['type'];
  stage: StageName | null;
  app: string | null;
  attempt: number | null;
  state: string | null;
  message: string;
}

export interface EndpointRow {
  id: string;
  workspace_id: string;
  app: string;
  port: number;
  stable_port: number | null;
  /** Where the engine has published the app, without a path; of engines without the gateway. */
  url: string | null;
  release: number | null;
  /** So many replicas of the release get requests; all of them where it says nothing. */
  replicas: number | null;
  /** The release that was left, or that of which fewer replicas get requests than before. */
  draining_release: number | null;
  draining_since: Moment | null;
  state: EndpointState;
  observed_at: Moment | null;
  latency_ms: number | null;
  message: string | null;
  created_at: Moment;
}

/** What the probes of one minute saw of an endpoint. */
export interface EndpointMomentRow {
  endpoint_id: string;
  at: Moment;
  state: EndpointState;
  probes: number;
  failed: number;
  answered: number;
  /** Sum over the answers. */
  latency_ms: number;
}

export interface SourceRow {
  id: string;
  owner: string;
  uploader: string;
  filename: string | null;
  format: 'zip' | 'tar.gz';
  size_bytes: number;
  sha256: string;
  created_at: Moment;
  expires_at: Moment;
}

export interface BundleRow {
  digest: string;
  workspace_id: string;
  size_bytes: number;
  created_at: Moment;
}

export interface SecretRow {
  id: string;
  owner: string;
  workspace_id: string | null;
  description: string | null;
  version: number;
  key_id: string;
  nonce: string;
  ciphertext: string;
  created_by: string;
  created_at: Moment;
  updated_at: Moment;
}

export interface LogChunkRow {
  stream: string;
  first_line: number;
  line_count: number;
  workspace_id: string;
  content: Buffer;
  updated_at: Moment;
}

export interface LeaseRow {
  name: string;
  holder: string;
  epoch: number;
  lease_until: Moment;
}

export interface IdempotencyKeyRow {
  principal: string;
  route: string;
  key: string;
  request_hash: string;
  resource_id: string;
  created_at: Moment;
}
