import type { V1Node } from '@kubernetes/client-node';

/** `k3s` and `rke2` have a containerd of their own, whose configuration they write anew at each start. */
export type RuntimeKind = 'containerd' | 'crio' | 'k3s' | 'rke2' | 'other';

/** A node, and what runs containers there, as the cluster says it of itself. */
export interface NodeRuntime {
  node: string;
  uid: string;
  kind: RuntimeKind;
  version: string;
  /** As images name it. */
  architecture: string;
  isLinux: boolean;
  isReady: boolean;
  /** In milliseconds since 1970. */
  joined: number;
}

const KINDS: Record<string, RuntimeKind> = {
  containerd: 'containerd',
  'cri-o': 'crio',
};

export function runtimeOf({ metadata, status }: V1Node): NodeRuntime {
  const info = status?.nodeInfo;
  const [, name = '', version = ''] =
    /^([^:]+):\/\/(.*)$/.exec(info?.containerRuntimeVersion ?? '') ?? [];
  const [, distribution] =
    /\+(k3s|rke2)/.exec(info?.kubeletVersion ?? '') ?? [];
  return {
    node: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    kind: (distribution as RuntimeKind) ?? KINDS[name] ?? 'other',
    version: version || 'unknown',
    architecture: info?.architecture ?? 'amd64',
    isLinux: info?.operatingSystem === 'linux',
    isReady: (status?.conditions ?? []).some(
      one => one.type === 'Ready' && one.status === 'True',
    ),
    joined: new Date(metadata?.creationTimestamp ?? 0).getTime(),
  };
}

/** Whether one version is at least another one, by its first two numbers. */
export function isAtLeast(version: string, major: number, minor: number) {
  const [, found, part] = /(\d+)\.(\d+)/.exec(version) ?? [];
  if (found === undefined) return false;
  return (
    Number(found) > major || (Number(found) === major && Number(part) >= minor)
  );
}

/** Why nothing can be tried on a node. */
export function unableReason({
  isLinux,
  isReady,
}: NodeRuntime): string | undefined {
  if (!isLinux) return 'No pod of ours runs there: it is not Linux';
  return isReady ? undefined : 'The node is not ready';
}
