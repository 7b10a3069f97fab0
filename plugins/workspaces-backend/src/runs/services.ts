import type { Diagnosis } from '@slipway/backstage-plugin-workspaces-common';
import type { StageFailure } from '../diagnosis/diagnose';
import type { EndpointService } from '../endpoints/EndpointService';
import type { probeOnce } from '../endpoints/probe';
import type { LogStore } from '../logs/LogStore';
import type { SecretStore } from '../secrets/SecretStore';
import type { SourceService } from '../sources/SourceService';
import type { Changes } from '../store/changes';
import type { ReleaseImages } from '../store/ReleaseImages';
import type { WorkspaceStore } from '../store/WorkspaceStore';
import type { Engines } from '../workspaces/Engines';
import type { WorkspaceSettings } from '../workspaces/settings';
import type { WorkspaceObserver } from '../workspaces/WorkspaceObserver';

/** What the stages of a run work with. */
export interface RunServices {
  workspaces: Pick<
    WorkspaceStore,
    | 'get'
    | 'apps'
    | 'app'
    | 'dependencies'
    | 'release'
    | 'releases'
    | 'createRelease'
    | 'setServing'
    | 'failRelease'
    | 'bury'
  >;
  images: Pick<ReleaseImages, 'isRemoving' | 'present'>;
  engines: Pick<Engines, 'get'>;
  observer: Pick<WorkspaceObserver, 'view'>;
  sources: Pick<SourceService, 'fetch' | 'openBundle' | 'removeUnused'>;
  secrets: Pick<SecretStore, 'resolver' | 'replace' | 'deleteOfWorkspace'>;
  endpoints: Pick<
    EndpointService,
    'find' | 'ofWorkspace' | 'reserve' | 'switchTo' | 'drained' | 'publicUrl'
  >;
  logs: LogStore;
  changes: Changes;
  settings: WorkspaceSettings;
  diagnose(failure: StageFailure): Diagnosis;
  probe: typeof probeOnce;
}
