import type { StageName } from '@slipway/backstage-plugin-workspaces-common';
import type { RawEvidence } from '@slipway/backstage-plugin-workspaces-node';

/** What was seen of a failure of the app "web", and how it is to be named. */
export interface DiagnosisCase {
  stage: StageName;
  /** The first sign first. */
  evidence: Omit<RawEvidence, 'at' | 'first'>[];
  code: string;
  cause: string;
}
