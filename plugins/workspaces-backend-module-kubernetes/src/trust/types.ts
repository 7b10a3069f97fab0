import type {
  EngineError,
  RawEvidence,
} from '@slipway/backstage-plugin-workspaces-node';

/** Of everything that is made to look at nodes or to change them, with what it is for. */
export const TRUST_LABEL = 'slipway.dev/node-trust';

/** How nodes are to speak to a registry: trust its authority, trust whoever answers, or speak without TLS. */
export type TrustMode = 'caBundle' | 'skipVerify' | 'plainHttp';

export const TRUST_MODES: TrustMode[] = ['caBundle', 'skipVerify', 'plainHttp'];

/** What nodes are to trust. */
export interface WantedTrust {
  /** Host name or address with an optional port, as in the names of images. */
  registry: string;
  mode: TrustMode;
  /** Certificates as PEM; there with `caBundle`. */
  authority?: string;
}

/** What is to become of a file of a node. */
export type Edit = { path: string; description: string } & (
  | { kind: 'put'; content: string }
  | {
      kind: 'splice';
      /** The first line that is replaced, counted from 0. */
      first: number;
      /** How many lines are replaced. */
      count: number;
      /** What comes in their place, with its ends of lines. */
      content: string;
    }
);

/** What makes a node trust the registry. */
export interface TrustPlan {
  edits: Edit[];
  /** The commands after which it holds; none where the runtime reads the files anew at each pull. */
  restart: string[];
  /** Where containerd looks for registries, if that has to be changed. */
  configPath?: string;
  /** What whoever reads the plan should know. */
  notes: string[];
  /** Why it cannot be carried out; then somebody has to do it by hand. */
  obstacle?: string;
}

/** A plan without anything to do. */
export function emptyPlan(): TrustPlan {
  return { edits: [], restart: [], notes: [] };
}

/** Whether a node pulls from the registry, as was seen. */
export interface Proof {
  /** `unknown` where the pull came to nothing for another reason than trust, or to no end. */
  state: 'trusted' | 'untrusted' | 'unknown';
  why: string;
  evidence: RawEvidence[];
  /** When it was seen, in milliseconds since 1970. */
  at: number;
}

/** What became of a node. */
export interface NodeTrustOutcome {
  node: string;
  /** `skipped` where a failure on an earlier node kept from going on. */
  outcome: 'changed' | 'unchanged' | 'failed' | 'skipped';
  why: string;
  /** What a pull showed afterwards, where one was tried. */
  state?: Proof['state'];
  /** Whether containerd was restarted. */
  restarted: boolean;
  /** How it failed. */
  failure?: EngineError;
  /** What can be done by hand instead. */
  byHand?: string;
}

/** The registry as part of the name of a file or a folder. */
export function fileNameOf(registry: string): string {
  return registry.replace(':', '_');
}

/** The certificates as the content of a file. */
export function authorityFile({ authority = '' }: WantedTrust): string {
  return `${authority.trim()}\n`;
}
