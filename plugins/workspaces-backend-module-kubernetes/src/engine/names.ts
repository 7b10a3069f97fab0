import { createHash } from 'node:crypto';
import { labels } from '@slipway/backstage-plugin-workspaces-common';
import { WorkKey, workName } from '@slipway/backstage-plugin-workspaces-node';
import type { V1ObjectMeta } from '@kubernetes/client-node';

/** Name of every object of which a workspace has one. */
export const PLACE = 'slipway';
/** Name of the secret with which images are pulled. */
export const PULL_SECRET = 'slipway-registry';
/** Name of an app's container, and of its port. */
export const CONTAINER = 'app';

/** Whether a pod of an app gets requests from outside: `yes`, or `no` where it is to go. */
export const SERVES = 'slipway.dev/serves';

/** Exact labels by which the parts of a workspace are found in its namespace. */
export const selectors = {
  release: (app: string, release: number) => ({
    [labels.app]: app,
    [labels.release]: String(release),
  }),
  dependency: (dependency: string) => ({ [labels.dependency]: dependency }),
};

/** Says what objects are, and which of them belong to a portal. */
export class Names {
  readonly instance: string;

  constructor(instance: string) {
    this.instance = instance;
  }

  /** Labels of everything that belongs to a workspace. */
  workspace(workspace: string): Record<string, string> {
    return {
      'app.kubernetes.io/managed-by': 'slipway',
      'app.kubernetes.io/part-of': workspace,
      [labels.instance]: this.instance,
      [labels.workspace]: workspace,
    };
  }

  /** Labels of a release of an app, and of its pods. */
  app(workspace: string, app: string, release: number): Record<string, string> {
    return {
      ...this.workspace(workspace),
      'app.kubernetes.io/name': app,
      'app.kubernetes.io/instance': releaseName(app, release),
      ...selectors.release(app, release),
    };
  }

  /** Labels of a dependency and of its pod. */
  dependency(workspace: string, dependency: string): Record<string, string> {
    return {
      ...this.workspace(workspace),
      'app.kubernetes.io/name': dependency,
      'app.kubernetes.io/instance': dependency,
      ...selectors.dependency(dependency),
    };
  }

  /** Labels of a job and of its pod. */
  job(workspace: string, app: string, key: WorkKey): Record<string, string> {
    return {
      ...this.workspace(workspace),
      'app.kubernetes.io/name': app,
      [labels.app]: app,
      [labels.work]: workHash(key),
      [labels.run]: runLabel(key.run),
    };
  }

  /** What an object says of a workspace of this portal; `undefined` if it is none of its. */
  workspaceOf({ metadata }: { metadata?: V1ObjectMeta }): string | undefined {
    const found = metadata?.labels ?? {};
    if (found[labels.instance] !== this.instance) return undefined;
    return found[labels.workspace];
  }
}

/** Name of the Deployment of a release. */
export function releaseName(app: string, release: number): string {
  return `${app}-r${release}`;
}

/** Name of all by which an app is reached from outside; the app's own name is for its neighbours. */
export function publicName(app: string): string {
  return `${PLACE}-public-${app}`;
}

/** Name of the secret with the environment of a Deployment or a job. */
export function environmentName(owner: string): string {
  return `${owner}.environment`;
}

/** Name of the secret with what a dependency is started and logged into with. */
export function credentialsName(dependency: string): string {
  return `${dependency}.credentials`;
}

/** Name of the claim of a volume; the owner is an app or a dependency. */
export function claimName(owner: string, volume: string): string {
  return `${owner}.${volume}`;
}

/** Name of the job of a work key: a repeat with the same key has the same. */
export function jobName(key: WorkKey): string {
  return `job-${workHash(key)}`;
}

/** The key itself may be longer than a label. */
export function workHash(key: WorkKey): string {
  return hashOf(workName(key)).slice(0, 16);
}

/** Labels of the job of a work key and of its pod. */
export function selectorOfWork(key: WorkKey): Record<string, string> {
  return { [labels.work]: workHash(key) };
}

/** A run as a label. */
export function runLabel(run: string): string {
  return /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/i.test(run)
    ? run
    : hashOf(run).slice(0, 16);
}

/** A text that is another for each other content. */
export function hashOf(content: unknown): string {
  const text = JSON.stringify(content);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
