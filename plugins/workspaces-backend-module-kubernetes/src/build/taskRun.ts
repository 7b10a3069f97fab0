import {
  buildNamespace,
  labels,
} from '@slipway/backstage-plugin-workspaces-common';
import type { WorkKey } from '@slipway/backstage-plugin-workspaces-node';
import { ClusterObject, kinds } from '../client';
import { Names, runLabel, workHash } from '../engine/names';
import { nodesOf } from '../engine/podParts';
import { BUILD_PLACE, PUSH_SECRET } from './place';
import type { ChosenBuilder } from './choice';
import {
  BUILD_STEP,
  BuildTask,
  changedDockerfile,
  paths,
  strategies,
  Strategy,
  withSources,
} from './strategies';

export const TASK_RUN = kinds.TaskRun;

/** What Tekton says of a TaskRun, as far as it is read here. */
export interface TaskRun extends ClusterObject {
  status?: {
    podName?: string;
    conditions?: {
      type: string;
      status: 'True' | 'False' | 'Unknown';
      reason?: string;
      message?: string;
      lastTransitionTime?: string;
    }[];
    results?: { name: string; value: unknown }[];
    steps?: {
      name: string;
      terminated?: { exitCode: number; reason?: string };
      terminationReason?: string;
    }[];
  };
}

/** The condition by which a TaskRun says how it goes. */
export function conditionOf(run: TaskRun) {
  return run.status?.conditions?.find(({ type }) => type === 'Succeeded');
}

/** Whether it has ended, be it well or badly. */
export function hasEnded(run: TaskRun): boolean {
  return ['True', 'False'].includes(conditionOf(run)?.status ?? '');
}

/** Whether somebody has cancelled it, be it that it has not ended yet. */
export function isToldToEnd({ spec }: TaskRun): boolean {
  return (spec as { status?: string } | undefined)?.status !== undefined;
}

/** The value that a step has left under a name; an empty one is none. */
export function resultOf(run: TaskRun, name: string): string | undefined {
  const value = run.status?.results?.find(
    result => result.name === name,
  )?.value;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/**
 * Name of the TaskRun of a work key: a repeat with the same key has the same. At most 57 characters, so that
 * Tekton can add `-pod` to it.
 */
export function taskRunName(app: string, key: WorkKey): string {
  return `${app}-${workHash(key)}`;
}

/** What one build may use. */
export interface BuildResources {
  requests: { cpu: string; memory: string };
  limits: { cpu: string; memory: string };
}

/** What a TaskRun of a build is made of. */
export interface TaskRunInput {
  task: BuildTask;
  key: WorkKey;
  names: Names;
  builder: ChosenBuilder;
  resources: BuildResources;
  registry: { address: string; isPlain: boolean };
  /** Reference of the bundle by digest. */
  bundle: string;
  /** Reference of the image, with a tag. */
  image: string;
  /** Reference of the app's cache of layers, or of the repository of it. */
  cache: string;
  /** Whether layers of the cache may be used. */
  reuse: boolean;
  specification: string;
  /** Digest of all that the image is made from, where that is known. */
  inputs?: string;
}

const BUILDER = 'slipway.dev/builder';
const WHY = 'slipway.dev/builder-because';
/** The annotation of a TaskRun that tells what its image is made from, base images included. */
export const INPUTS = 'slipway.dev/inputs';

/** By which builder a TaskRun was made, and why by that one; rootless BuildKit where it does not say. */
export function builderOf({ metadata }: TaskRun): {
  strategy: Strategy;
  why?: string;
} {
  const { [BUILDER]: made, [WHY]: why } = metadata.annotations ?? {};
  const strategy =
    Object.values(strategies).find(({ name }) => name === made) ??
    strategies.buildkit;
  return { strategy, why };
}

/** Of every pod of builds: they have no business with the API server. */
export const POD_TEMPLATE = {
  automountServiceAccountToken: false,
  enableServiceLinks: false,
};

/** The same for the step and for what Tekton measures with. */
const TIMEOUT = '1h0m0s';

/** The TaskRun of a build, with all that it does in itself: nothing but Tekton has to be there. */
export function renderTaskRun(input: TaskRunInput): TaskRun {
  const { task, key, names, resources, registry } = input;
  const { strategy, image: builderImage, why } = input.builder;
  const { workspace, app, secrets, platform } = task.request;
  const name = taskRunName(app, key);
  const mounted =
    strategy.mountsSecrets && secrets.length > 0
      ? [{ name: 'secrets', secret: { secretName: name } }]
      : [];
  const changed = changedText(strategy, task);
  const file = changed
    ? changedDockerfile(strategy.state)
    : task.request.dockerfile;
  const encoded = strategy
    .words(task, file)
    .map(word => Buffer.from(word).toString('base64'));
  const environment = {
    BUNDLE: input.bundle,
    IMAGE: input.image,
    CACHE: input.cache,
    REUSE: input.reuse ? 'yes' : 'no',
    REGISTRY: registry.address,
    PLAIN: registry.isPlain ? 'yes' : 'no',
    WORDS: encoded.join(' '),
    ...strategy.environment,
    DOCKERFILE: Buffer.from(changed).toString('base64'),
  };
  return {
    ...TASK_RUN,
    metadata: {
      name,
      namespace: buildNamespace(workspace),
      labels: {
        ...names.workspace(workspace),
        'app.kubernetes.io/name': app,
        [labels.app]: app,
        [labels.run]: runLabel(key.run),
        [labels.work]: workHash(key),
      },
      annotations: {
        [labels.specification]: input.specification,
        [BUILDER]: strategy.name,
        [WHY]: why,
        ...(input.inputs && { [INPUTS]: input.inputs }),
      },
    },
    spec: {
      serviceAccountName: BUILD_PLACE,
      timeout: TIMEOUT,
      podTemplate: { ...POD_TEMPLATE, ...bestOn(platform) },
      taskSpec: {
        results: [{ name: 'IMAGE_DIGEST' }, { name: 'IMAGE_URL' }],
        volumes: [
          { name: 'state', emptyDir: { sizeLimit: '20Gi' } },
          { name: 'trust', configMap: { name: BUILD_PLACE } },
          {
            name: 'login',
            secret: {
              secretName: PUSH_SECRET,
              items: [{ key: '.dockerconfigjson', path: 'config.json' }],
            },
          },
          ...mounted,
        ],
        steps: [
          {
            name: BUILD_STEP,
            image: builderImage,
            script: strategy.script,
            env: Object.entries(environment).map(([variable, value]) => ({
              name: variable,
              value,
            })),
            volumeMounts: [
              { name: 'state', mountPath: strategy.state },
              { name: 'trust', mountPath: paths.trust, readOnly: true },
              { name: 'login', mountPath: paths.login, readOnly: true },
              ...mounted.map(volume => ({
                name: volume.name,
                mountPath: paths.secrets,
                readOnly: true,
              })),
            ],
            computeResources: resources,
            securityContext: strategy.securityContext,
          },
        ],
      },
    },
  };
}

/** Where a build for that platform goes best: elsewhere its steps need an emulator, or none of its programs. */
function bestOn(platform: string | undefined) {
  if (platform === undefined) return {};
  return {
    affinity: {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 100, preference: nodesOf(platform) },
        ],
      },
    },
  };
}

/** What is built in place of the Dockerfile of the source; nothing where that is built. */
function changedText(
  { rewritesImages }: Strategy,
  { dockerfile, images }: BuildTask,
): string {
  if (!rewritesImages || !dockerfile) return '';
  const built = withSources(dockerfile, images);
  return built === dockerfile ? '' : built.text;
}
