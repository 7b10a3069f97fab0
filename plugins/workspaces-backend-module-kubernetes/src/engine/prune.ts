import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type {
  DesiredWorkspace,
  EngineContext,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  Cluster,
  ClusterObject,
  Pod,
  ResourceKind,
  kinds,
  referenceTo,
} from '../client';
import { readDoors } from '../endpoints/doors';
import { Names, credentialsName, environmentName, runLabel } from './names';
import { Watch, livingPods } from './watch';

/** In milliseconds: longer than any process has to end. */
const GONE_WITHIN = 90_000;

/** The parts of a workspace that run, as they are there. */
export interface Parts {
  deployments: ClusterObject[];
  statefulSets: ClusterObject[];
  services: ClusterObject[];
  jobs: ClusterObject[];
  /** What admits requests from outside to an app, and leads them there. */
  doors: ClusterObject[];
}

/** Reads what there is of a workspace. */
export async function readParts(
  cluster: Cluster,
  names: Names,
  workspace: string,
  signal?: AbortSignal,
): Promise<Parts> {
  const selection = {
    namespace: workspace,
    labels: { [labels.instance]: names.instance },
  };
  const read = (kind: ResourceKind) => cluster.present(kind, selection, signal);
  const [deployments, statefulSets, services, jobs, doors] = await Promise.all([
    read(kinds.Deployment),
    read(kinds.StatefulSet),
    read(kinds.Service),
    read(kinds.Job),
    readDoors(cluster, names, workspace, signal),
  ]);
  return { deployments, statefulSets, services, jobs, doors };
}

export function labelOf(object: ClusterObject, label: string): string {
  return object.metadata.labels?.[label] ?? '';
}

/** What a workspace is not to have: other releases, what was taken out, earlier jobs. */
export function undesired(
  desired: DesiredWorkspace,
  { deployments, statefulSets, services, jobs, doors }: Parts,
  run: string,
): ClusterObject[] {
  const hasApp = (name: string) => desired.apps.some(app => app.name === name);
  const hasDependency = (name: string) =>
    desired.dependencies.some(dependency => dependency.name === name);
  return [
    ...deployments.filter(object => {
      const app = labelOf(object, labels.app);
      const release = Number(labelOf(object, labels.release));
      return !desired.apps.some(
        one => one.name === app && one.release === release,
      );
    }),
    ...statefulSets.filter(
      object => !hasDependency(labelOf(object, labels.dependency)),
    ),
    ...services.filter(object => {
      const app = labelOf(object, labels.app);
      return app
        ? !hasApp(app)
        : !hasDependency(labelOf(object, labels.dependency));
    }),
    ...doors.filter(object => !hasApp(labelOf(object, labels.app))),
    // Those of this run may still be asked for again.
    ...jobs.filter(object => labelOf(object, labels.run) !== runLabel(run)),
  ];
}

/** Removes what a workspace is not to have, and ends when its pods are gone. Its volumes stay: they go with the workspace only. */
export async function prune(
  cluster: Cluster,
  names: Names,
  desired: DesiredWorkspace,
  { key, signal, logger }: EngineContext,
  report: (message: string) => void,
): Promise<void> {
  const own = { [labels.instance]: names.instance };
  const selection = { namespace: desired.name, labels: own };
  const parts = await readParts(cluster, names, desired.name, signal);
  const removed = undesired(desired, parts, key.run);
  for (const object of removed) {
    signal.throwIfAborted();
    await remove(cluster, object);
    report(`${object.metadata.name}: removed`);
  }
  const areLeft = (pods: Pod[]) =>
    hasTooMany(desired, pods) ||
    pods.some(pod => isLeaving(pod) || isOf(pod, removed));
  let pods = await cluster.present<Pod>(kinds.Pod, selection, signal);
  if (removed.length > 0 || areLeft(pods)) {
    const watch = new Watch(cluster, logger, signal, {
      ...selection,
      shared: true,
    });
    pods = await untilNot(areLeft, watch);
  }
  await removeEnded(cluster, pods);
}

/** An object with the secret that was made for it. */
export async function remove(
  cluster: Cluster,
  object: ClusterObject,
): Promise<void> {
  await cluster.delete(referenceTo(object));
  const secret = secretOf(object);
  if (secret) {
    const { namespace } = object.metadata;
    await cluster.delete({ ...kinds.Secret, namespace, name: secret });
  }
}

function secretOf({ kind, metadata }: ClusterObject): string | undefined {
  if (!['Deployment', 'StatefulSet', 'Job'].includes(kind)) return undefined;
  const { name = '' } = metadata;
  return kind === 'StatefulSet' ? credentialsName(name) : environmentName(name);
}

/** A controller removes pods a moment after it was told how many there are to be. */
function hasTooMany({ apps }: DesiredWorkspace, pods: Pod[]): boolean {
  const living = livingPods(pods);
  return apps.some(
    app =>
      living.filter(
        pod =>
          labelOf(pod, labels.app) === app.name &&
          labelOf(pod, labels.release) === String(app.release),
      ).length > app.replicas,
  );
}

function isLeaving({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** By which labels pods belong to an object, where they do. */
const POD_LABELS: Partial<Record<string, string[]>> = {
  Deployment: [labels.app, labels.release],
  StatefulSet: [labels.dependency],
  Job: [labels.work],
};

/** Whether a pod belongs to one of the objects. */
function isOf(pod: Pod, owners: ClusterObject[]): boolean {
  return owners.some(({ kind, metadata }) =>
    POD_LABELS[kind]?.every(
      label => pod.metadata.labels?.[label] === metadata.labels?.[label],
    ),
  );
}

/** Pods that were evicted stay until somebody removes them. */
async function removeEnded(cluster: Cluster, pods: Pod[]): Promise<void> {
  for (const { metadata, status } of pods) {
    const isApp = metadata.labels?.[labels.release] !== undefined;
    if (isApp && status?.phase === 'Failed') {
      const { namespace, name = '', uid } = metadata;
      await cluster.delete({ ...kinds.Pod, namespace, name }, { uid });
    }
  }
}

/** The pods as they are in the end. What does not go in time is left to the cluster: nothing depends on it. */
async function untilNot(
  areLeft: (pods: Pod[]) => boolean,
  watch: Watch,
): Promise<Pod[]> {
  const pods = watch.of<Pod>(kinds.Pod);
  const deadline = Date.now() + GONE_WITHIN;
  try {
    while (Date.now() < deadline) {
      if (watch.synced && !areLeft(pods.objects)) break;
      await watch.changed(deadline - Date.now());
    }
    return pods.objects;
  } finally {
    watch.end();
  }
}
