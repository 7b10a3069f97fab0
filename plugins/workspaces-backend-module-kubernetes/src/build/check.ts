import {
  EngineError,
  RawCheck,
} from '@slipway/backstage-plugin-workspaces-node';
import {
  buildNamespace,
  labels,
} from '@slipway/backstage-plugin-workspaces-common';
import type { V1Deployment } from '@kubernetes/client-node';
import {
  Cluster,
  ClusterObject,
  isNotFound,
  kinds,
  labelSelector,
} from '../client';
import type { Names } from '../engine/names';
import { clusterFailure, textOf } from '../failures';
import { BuilderChoice, ProbePlace, refusalOf } from './choice';
import { POD_SECURITY } from './strategies';
import { noTekton } from './taskRunFailure';
import { LayerResult, OciRegistry, probeRegistry } from '../registry';

type Finding = Omit<RawCheck, 'id' | 'title' | 'at'>;

/** What must hold before an image can be built. None of them throws but by the signal. */
export async function* builderChecks(given: {
  cluster: Cluster;
  registry: OciRegistry;
  names: Names;
  choice: BuilderChoice;
  signal: AbortSignal;
}): AsyncGenerator<RawCheck> {
  const { cluster, registry, names, choice, signal } = given;
  const checks: [id: string, title: string, look: () => Promise<Finding>][] = [
    ['kubernetes-tekton', 'Tekton', () => tekton(cluster, signal)],
    [
      'kubernetes-build-namespace',
      'Namespace of builds',
      () => namespaceLevel(cluster, names, signal),
    ],
    ['kubernetes-registry', 'Registry', () => registryLayers(registry, signal)],
    [
      'kubernetes-builder',
      'Builder of images',
      () => chosenBuilder(cluster, names, choice, signal),
    ],
  ];
  for (const [id, title, look] of checks) {
    const finding = await look().catch((error): Finding => {
      signal.throwIfAborted();
      return { state: 'unknown', message: textOf(error) };
    });
    yield { id, title, ...finding, at: new Date().toISOString() };
  }
}

/** Whether Tekton is there, which version, and whether somebody works for it. */
async function tekton(cluster: Cluster, signal: AbortSignal): Promise<Finding> {
  try {
    const { resources } = await cluster.call<{ resources: { name: string }[] }>(
      {
        method: 'GET',
        path: '/apis/tekton.dev/v1',
        signal,
      },
    );
    if (!resources.some(({ name }) => name === 'taskruns'))
      return {
        state: 'failed',
        message: 'The cluster has no TaskRuns of Tekton (tekton.dev/v1).',
        evidence: noTekton('no TaskRuns'),
      };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return {
      state: 'failed',
      message: 'The cluster has no Tekton Pipelines (tekton.dev/v1).',
      evidence: noTekton(error),
    };
  }
  const { items } = await cluster.list<V1Deployment & ClusterObject>(
    kinds.Deployment,
    {
      labelSelector:
        'app.kubernetes.io/part-of=tekton-pipelines,app.kubernetes.io/component=controller',
    },
    signal,
  );
  const [controller] = items;
  if (!controller)
    return {
      state: 'warning',
      message: 'Tekton is there, its controller is not seen.',
    };
  const version = controller.metadata.labels?.['app.kubernetes.io/version'];
  if (controller.status?.readyReplicas)
    return { state: 'passed', message: `Tekton Pipelines ${version}` };
  return {
    state: 'failed',
    message: `The controller of Tekton Pipelines ${version} is not ready.`,
    fix: `Look at the deployment ${controller.metadata.namespace}/${controller.metadata.name}.`,
    fixedBy: 'operator',
  };
}

/** Whether a namespace may be made in which builders run; only asked, not done. */
async function namespaceLevel(
  cluster: Cluster,
  names: Names,
  signal: AbortSignal,
): Promise<Finding> {
  const workspace = 'ws-check';
  const namespace = {
    ...kinds.Namespace,
    metadata: {
      name: buildNamespace(workspace),
      labels: {
        ...names.workspace(workspace),
        'pod-security.kubernetes.io/enforce': POD_SECURITY,
      },
    },
  };
  try {
    await cluster.apply(namespace, { dryRun: true, signal });
    return {
      state: 'passed',
      message: 'Namespaces of the Pod Security level "baseline" may be made.',
    };
  } catch (error) {
    signal.throwIfAborted();
    return {
      state: 'failed',
      message: textOf(error),
      evidence: clusterFailure('No namespace may be made', error).evidence,
      fix: 'Let the account of the portal make namespaces with the label pod-security.kubernetes.io/enforce=baseline: builds do not run at "restricted".',
      fixedBy: 'operator',
    };
  }
}

/** Which builder makes images, and why. Where it is not known yet, it is tried where builds are made already. */
async function chosenBuilder(
  cluster: Cluster,
  names: Names,
  choice: BuilderChoice,
  signal: AbortSignal,
): Promise<Finding> {
  try {
    const namespace = choice.known
      ? undefined
      : await someBuildNamespace(cluster, names, signal);
    const chosen = namespace
      ? await choice.try(namespace, signal)
      : choice.known;
    if (!chosen) {
      const order = choice.candidates.map(({ strategy }) => strategy.title);
      return {
        state: 'unknown',
        message: `The first build will show which builder works here. In this order: ${order.join(
          '; ',
        )}.`,
      };
    }
    const { title, warning } = chosen.strategy;
    const message = `Images are built with ${title}, because ${chosen.why}.`;
    return warning
      ? { state: 'warning', message: `${message} ${warning}` }
      : { state: 'passed', message };
  } catch (error) {
    if (!(error instanceof EngineError) || !refusalOf(error)) throw error;
    return {
      state: 'failed',
      message: error.message,
      evidence: error.evidence,
      fix: 'Let pods make user namespaces on the nodes, or name an image of kaniko, which needs none, in workspaces.kubernetes.builds.images.kaniko. With kaniko a RUN of a Dockerfile can read the password with which images are pushed.',
      fixedBy: 'operator',
    };
  }
}

/** A namespace of builds of this portal; none before its first build. */
async function someBuildNamespace(
  cluster: Cluster,
  names: Names,
  signal: AbortSignal,
): Promise<ProbePlace | undefined> {
  const { items } = await cluster.list<ClusterObject>(
    kinds.Namespace,
    {
      labelSelector: labelSelector({ [labels.instance]: names.instance }),
    },
    signal,
  );
  for (const each of items) {
    const { name: namespace, deletionTimestamp } = each.metadata;
    const workspace = names.workspaceOf(each);
    if (!workspace || deletionTimestamp) continue;
    if (namespace === buildNamespace(workspace))
      return { namespace, labels: names.workspace(workspace) };
  }
  return undefined;
}

const fixes: Record<LayerResult['layer'], string> = {
  name: 'Correct the address of the registry, or let its name be resolved on the machine of the portal.',
  connection:
    'Look whether the registry runs and whether a firewall stands between it and the portal.',
  tls: 'Give the portal the certificate of the authority that signed that of the registry, or correct the certificate.',
  api: 'Correct the address: what answers there is no registry.',
  login: 'Correct the name and the password of the registry.',
  push: 'Give the account of the portal the right to push, and room.',
  pull: 'Give the account of the portal the right to pull.',
  delete:
    'Let the registry delete, and give the account of the portal the right to. Until then old images stay for ever.',
};

async function registryLayers(
  registry: OciRegistry,
  signal: AbortSignal,
): Promise<Finding> {
  for await (const result of probeRegistry(registry, signal)) {
    const { layer, state, text, evidence } = result;
    if (state !== 'failed') continue;
    return {
      state: layer === 'delete' ? 'warning' : 'failed',
      message: `${registry.address}, ${layer}: ${text}`,
      evidence,
      fix: fixes[layer],
      fixedBy: 'operator',
    };
  }
  return {
    state: 'passed',
    message: `${registry.address} takes images, gives them back and deletes them.`,
  };
}
