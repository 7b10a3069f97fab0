import {
  engineObjectName,
  labels,
} from '@slipway/backstage-plugin-workspaces-common';
import { WorkKey, workName } from '@slipway/backstage-plugin-workspaces-node';

/** What a container of a workspace is. */
export type Identity =
  | {
      kind: 'app';
      workspace: string;
      app: string;
      release: number;
      replica: number;
    }
  | { kind: 'dependency'; workspace: string; dependency: string }
  | { kind: 'job'; workspace: string; app: string; run: string; work: string }
  | { kind: 'helper'; workspace: string; name: string };

/**
 * How the objects of one portal are named and labelled on the engine, and how they are
 * recognised: labels alone are not enough, because containers inherit those of their image.
 */
export class Identities {
  readonly instance: string;

  constructor(instance: string) {
    this.instance = instance;
  }

  /** Name of the workspace's network. */
  network(workspace: string): string {
    return engineObjectName(this.instance, workspace);
  }

  /** Name of the network on which an app has its name. */
  nameNetwork(workspace: string, app: string): string {
    return engineObjectName(this.instance, workspace, app);
  }

  /** Name of a volume; the owner is an app or a dependency. */
  volume(workspace: string, owner: string, volume: string): string {
    return engineObjectName(this.instance, workspace, owner, volume);
  }

  /** Name of a container. */
  container(identity: Identity): string {
    const { instance } = this;
    switch (identity.kind) {
      case 'app':
        return engineObjectName(
          instance,
          identity.workspace,
          identity.app,
          `r${identity.release}`,
          String(identity.replica),
        );
      case 'dependency':
        return engineObjectName(
          instance,
          identity.workspace,
          identity.dependency,
        );
      case 'job':
        return engineObjectName(
          instance,
          identity.workspace,
          'job',
          identity.work,
        );
      default:
        return engineObjectName(
          instance,
          identity.workspace,
          'helper',
          identity.name,
        );
    }
  }

  /** The identity of a job; a repeat with the same key has the same. */
  job(workspace: string, app: string, key: WorkKey): Identity {
    return { kind: 'job', workspace, app, run: key.run, work: workName(key) };
  }

  /** Labels of everything that belongs to a workspace. */
  workspaceLabels(workspace: string): Record<string, string> {
    return {
      [labels.instance]: this.instance,
      [labels.workspace]: workspace,
    };
  }

  /** Every label is set, also to nothing: a container inherits what its image carries. */
  containerLabels(
    identity: Identity,
    details: { run: string; specification: string },
  ): Record<string, string> {
    const { kind } = identity;
    return {
      ...this.workspaceLabels(identity.workspace),
      [labels.app]: kind === 'app' || kind === 'job' ? identity.app : '',
      [labels.dependency]: kind === 'dependency' ? identity.dependency : '',
      [labels.release]: kind === 'app' ? String(identity.release) : '',
      [labels.work]: kind === 'job' ? identity.work : '',
      [labels.run]: details.run,
      [labels.specification]: details.specification,
    };
  }

  /** Filters of the engine's lists, exact in each label. */
  filter(wanted: Record<string, string> = {}): { label: string[] } {
    const all = { [labels.instance]: this.instance, ...wanted };
    return {
      label: Object.entries(all).map(([label, value]) => `${label}=${value}`),
    };
  }

  /** What a container is by its name and labels; `undefined` if it is not one of this portal's. */
  identify(name: string, found: Record<string, string>): Identity | undefined {
    const workspace = found[labels.workspace];
    if (found[labels.instance] !== this.instance || !workspace) {
      return undefined;
    }
    const identity = this.#readLabels(name, workspace, found);
    return this.container(identity) === name ? identity : undefined;
  }

  /** Which workspace an object belongs to by its name alone, as events give it. */
  workspaceOf(name: string): string | undefined {
    const [instance, workspace] = name.split('.');
    return instance === this.instance ? workspace : undefined;
  }

  #readLabels(
    name: string,
    workspace: string,
    found: Record<string, string>,
  ): Identity {
    const app = found[labels.app] ?? '';
    const dependency = found[labels.dependency];
    const work = found[labels.work];
    const lastPart = name.slice(name.lastIndexOf('.') + 1);
    if (dependency) return { kind: 'dependency', workspace, dependency };
    if (work) {
      return {
        kind: 'job',
        workspace,
        app,
        run: found[labels.run] ?? '',
        work,
      };
    }
    if (app) {
      const release = Number(found[labels.release]);
      return {
        kind: 'app',
        workspace,
        app,
        release,
        replica: Number(lastPart),
      };
    }
    return { kind: 'helper', workspace, name: lastPart };
  }
}
