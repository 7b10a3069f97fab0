import { labels } from '@slipway/backstage-plugin-workspaces-common';
import type {
  DesiredFile,
  DesiredResources,
  DesiredVariable,
  DesiredVolume,
  SecretReference,
} from '@slipway/backstage-plugin-workspaces-node';
import type { V1ResourceRequirements } from '@kubernetes/client-node';
import { claimName } from './names';

/** Of what a container may use this part is kept free for it. */
const CPU_RESERVED = 0.1;
const MEBIBYTE = 1024 * 1024;

/** Gives the text that stands for a secret. */
export type SecretText = (reference: SecretReference) => Promise<string>;

/** The volumes of a pod, by their claims. */
export function volumeSources(owner: string, volumes: DesiredVolume[]) {
  return volumes.map(({ name }) => ({
    name: `volume-${name}`,
    persistentVolumeClaim: { claimName: claimName(owner, name) },
  }));
}

/** A volume is mounted on one node: the next release has to come to where the present one is. */
export function nextTo(app: string) {
  return {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        {
          labelSelector: { matchLabels: { [labels.app]: app } },
          topologyKey: 'kubernetes.io/hostname',
        },
      ],
    },
  };
}

/** What processors run programs of others, the usual ones of today those of yesterday. */
const ALSO_RUN_BY: Record<string, string[]> = {
  '386': ['amd64'],
  arm: ['arm64'],
};

/** Nodes on which an image of a platform such as `linux/arm/v7` can run. They tell nothing of the variant. */
export function nodesOf(platform: string) {
  const [, architecture] = platform.split('/');
  const values = [architecture, ...(ALSO_RUN_BY[architecture] ?? [])];
  return {
    matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values }],
  };
}

/** Keeps a pod to nodes on which its image can run, where it is known for which it was made. */
export function runnableOn(platform: string | undefined) {
  if (platform === undefined) return {};
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [nodesOf(platform)],
      },
    },
  };
}

/** What a container may use, and what of it is kept free for it. Processes are limited by the kubelet alone. */
export function resourcesOf(
  resources: DesiredResources,
): V1ResourceRequirements {
  const { cpuCores, memoryBytes } = resources;
  const memory = `${Math.round(memoryBytes / MEBIBYTE)}Mi`;
  const milli = (cores: number) => `${Math.max(1, Math.round(cores * 1000))}m`;
  return {
    limits: { cpu: milli(cpuCores), memory },
    requests: { cpu: milli(cpuCores * CPU_RESERVED), memory },
  };
}

/** What a container is told: the environment and the files of an app or a job. */
export interface Told {
  environment: DesiredVariable[];
  files: DesiredFile[];
}

/** The name of a file in the Secret that holds it. No variable is named so. */
function fileKey(index: number): string {
  return `file-${index}`;
}

/** What the Secret of an app or job holds, by name, variables in the order of their names: another order means nothing. */
export async function secretData(
  { environment, files }: Told,
  text: SecretText,
): Promise<Record<string, string>> {
  const values = await Promise.all(
    environment.map(
      async variable =>
        [
          variable.name,
          'secret' in variable ? await text(variable.secret) : variable.value,
        ] as const,
    ),
  );
  const contents = await Promise.all(
    files.map(
      async ({ secret }, index) =>
        [fileKey(index), await text(secret)] as const,
    ),
  );
  return Object.fromEntries([
    ...values.sort(([a], [b]) => (a < b ? -1 : 1)),
    ...contents,
  ]);
}

/** Where a container has its variables from: all that the Secret holds, unless there are files in it as well. */
export function environmentSource(
  { environment, files }: Told,
  secret: string,
) {
  if (files.length === 0) return { envFrom: [{ secretRef: { name: secret } }] };
  const names = [...new Set(environment.map(({ name }) => name))].sort();
  return {
    env: names.map(name => ({
      name,
      valueFrom: { secretKeyRef: { name: secret, key: name } },
    })),
  };
}

/** The files of a container, each at its path. */
export function fileMounts(files: DesiredFile[]) {
  return files.map(({ path }, index) => ({
    name: 'files',
    mountPath: path,
    subPath: fileKey(index),
    readOnly: true,
  }));
}

/** The volume that holds them: whoever the container runs as can read it. */
export function fileVolumes(files: DesiredFile[], secret: string) {
  if (files.length === 0) return [];
  const items = files.map((_, index) => ({
    key: fileKey(index),
    path: fileKey(index),
  }));
  return [
    {
      name: 'files',
      secret: { secretName: secret, items, defaultMode: 0o444 },
    },
  ];
}

/** As secrets hold their values. */
export function encoded(
  values: Record<string, string>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      Buffer.from(value).toString('base64'),
    ]),
  );
}
