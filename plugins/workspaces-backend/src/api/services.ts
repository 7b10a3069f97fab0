import type { TypedRouter } from '@backstage/backend-openapi-utils';
import type {
  AuditorService,
  LoggerService,
} from '@backstage/backend-plugin-api';
import type { Checks } from '../checks/Checks';
import type { EndpointHistory } from '../endpoints/EndpointHistory';
import type { RunService } from '../runs/RunService';
import type { EndpointMap } from '../schema/openapi';
import type { SecretStore } from '../secrets/SecretStore';
import type { SourceService } from '../sources/SourceService';
import type { IdempotencyStore } from '../store/IdempotencyStore';
import type { Engines } from '../workspaces/Engines';
import type { Planner } from '../workspaces/plan';
import type { References } from '../workspaces/References';
import type { WorkspaceObserver } from '../workspaces/WorkspaceObserver';
import type { Authorizer } from './authorize';
import type { StreamServices } from './stream/sources';
import type { StreamHub } from './stream/StreamHub';

/** What the routes work with. */
export interface ApiServices extends StreamServices {
  authorizer: Authorizer;
  auditor: AuditorService;
  checks: Checks;
  engines: Pick<Engines, 'get' | 'all'>;
  endpointHistory: EndpointHistory;
  idempotency: IdempotencyStore;
  logger: LoggerService;
  observer: WorkspaceObserver;
  planner: Planner;
  references: References;
  runs: RunService;
  secrets: SecretStore;
  sources: SourceService;
  stream: StreamHub;
}

/** The router of the API document, typed by its paths. */
export type ApiRouter = TypedRouter<EndpointMap>;
