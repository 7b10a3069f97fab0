import type {
  PlanChange,
  WorkspaceSize,
} from '@slipway/backstage-plugin-workspaces-common';
import type {
  DesiredVolume,
  DesiredWorkspace,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import type { V1PersistentVolumeClaim } from '@kubernetes/client-node';
import { Cluster, ClusterObject, kinds } from '../client';
import { clusterFailure } from '../failures';
import { Names, claimName } from './names';
import type { SizeLimits } from './place';
import { quantity } from './quantity';

const GIBIBYTE = 1024 ** 3;

type Claim = V1PersistentVolumeClaim & ClusterObject;
type StorageClass = ClusterObject & { allowVolumeExpansion?: boolean };
type Owner = { workspace: string; size: WorkspaceSize; name: string };

/** A claim as it is to be, and what that changes. */
interface WantedClaim {
  claim: ClusterObject;
  change: PlanChange;
}

/**
 * The volumes of apps and dependencies. A new one gets the size that it names, or else that of the workspace's size
 * class; one that is there grows where its class lets it, and never becomes smaller.
 */
export class Volumes {
  readonly #cluster: Cluster;
  readonly #names: Names;
  readonly #sizes: Record<WorkspaceSize, SizeLimits>;
  readonly #storageClass: string | undefined;

  constructor(options: {
    cluster: Cluster;
    names: Names;
    sizes: Record<WorkspaceSize, SizeLimits>;
    /** Default: the cluster's own default */
    storageClass?: string;
  }) {
    this.#cluster = options.cluster;
    this.#names = options.names;
    this.#sizes = options.sizes;
    this.#storageClass = options.storageClass;
  }

  /** Makes the claims, or lets them grow. Refuses what cannot be before it changes anything. */
  async ensure(
    owner: Owner,
    volumes: DesiredVolume[],
    report: (message: string) => void,
  ): Promise<void> {
    if (volumes.length === 0) return;
    const present = await this.#present(owner.workspace);
    const wanted = await this.#wanted(owner, volumes, present);
    for (const { claim, change } of wanted) {
      await this.#cluster.apply(claim).catch(error => {
        throw clusterFailure(`Could not make the volume ${change.name}`, error);
      });
      if (change.action === 'change') {
        report(`${change.name}: asked to grow, ${change.detail}`);
      }
    }
  }

  /** What `ensure` would change for all of a workspace. */
  async plan(
    { name: workspace, size, apps, dependencies }: DesiredWorkspace,
    isThere: boolean,
  ): Promise<PlanChange[]> {
    const present = isThere ? await this.#present(workspace) : [];
    const owners = [
      ...apps.map(({ name, volumes }) => ({ name, volumes })),
      ...dependencies.map(({ name, volume }) => ({ name, volumes: [volume] })),
    ];
    const changes: PlanChange[] = [];
    for (const { name, volumes } of owners) {
      const owner = { workspace, size, name };
      const wanted = await this.#wanted(owner, volumes, present);
      changes.push(...wanted.map(({ change }) => change));
    }
    return changes;
  }

  async #present(namespace: string): Promise<Claim[]> {
    try {
      return await this.#cluster.present<Claim>(kinds.PersistentVolumeClaim, {
        namespace,
        labels: this.#names.workspace(namespace),
      });
    } catch (error) {
      throw clusterFailure('Could not look at the volumes', error);
    }
  }

  async #wanted(
    owner: Owner,
    volumes: DesiredVolume[],
    present: Claim[],
  ): Promise<WantedClaim[]> {
    const wanted: WantedClaim[] = [];
    for (const volume of volumes) {
      const name = claimName(owner.name, volume.name);
      const found = present.find(({ metadata }) => metadata.name === name);
      wanted.push(
        found
          ? await this.#changed(owner, volume, found)
          : {
              claim: this.#claim(
                owner,
                name,
                `${volume.sizeGiB ?? this.#sizes[owner.size].volumeGiB}Gi`,
              ),
              change: { action: 'create', kind: 'volume', name },
            },
      );
    }
    return wanted;
  }

  async #changed(
    owner: Owner,
    { name: volume, sizeGiB }: DesiredVolume,
    found: Claim,
  ): Promise<WantedClaim> {
    const name = found.metadata.name ?? '';
    const before = found.spec?.resources?.requests?.storage ?? '0';
    const bytes = quantity(before);
    if (sizeGiB === undefined || sizeGiB * GIBIBYTE === bytes) {
      const change = { action: 'keep', kind: 'volume', name } as const;
      return { claim: this.#claim(owner, name, before), change };
    }
    const wish = `The volume "${volume}" of "${owner.name}" has ${before} and cannot get ${sizeGiB}Gi (sizeGiB of the volume)`;
    if (sizeGiB * GIBIBYTE < bytes) {
      throw refusal(name, `${wish}: a volume does not become smaller`, {
        volumeSize: 'smaller',
      });
    }
    const storageClass = found.spec?.storageClassName;
    if (storageClass && !(await this.#canGrow(storageClass))) {
      const why = `the volumes of the StorageClass ${storageClass} do not grow (allowVolumeExpansion)`;
      const facts = { volumeSize: 'fixed', storageClass };
      throw refusal(name, `${wish}: ${why}`, facts);
    }
    const detail = `${before} -> ${sizeGiB}Gi`;
    return {
      claim: this.#claim(owner, name, `${sizeGiB}Gi`),
      change: { action: 'change', kind: 'volume', name, detail },
    };
  }

  async #canGrow(name: string): Promise<boolean> {
    const { items } = await this.#cluster.list<StorageClass>(
      kinds.StorageClass,
      { fieldSelector: `metadata.name=${name}` },
    );
    return items.some(({ allowVolumeExpansion }) => allowVolumeExpansion);
  }

  #claim({ workspace }: Owner, name: string, storage: string): ClusterObject {
    return {
      ...kinds.PersistentVolumeClaim,
      metadata: {
        name,
        namespace: workspace,
        labels: this.#names.workspace(workspace),
      },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage } },
        ...(this.#storageClass ? { storageClassName: this.#storageClass } : {}),
      },
    };
  }
}

function refusal(volume: string, text: string, facts: Record<string, string>) {
  return failure(text, [evidenceOf('state', volume, text, { facts })]);
}
