import type { DiagnosisCase } from './DiagnosisCase';

const PREEMPTION =
  'no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.';

/** Verbatim: how pods wait in Kubernetes 1.34. */
const waiting: [text: string, code: string, cause: string][] = [
  [
    `0/1 nodes are available: 1 Insufficient cpu. ${PREEMPTION}`,
    'UNSCHEDULABLE_RESOURCES',
    'No node of the cluster has room: 0/1 nodes fit, Insufficient cpu.',
  ],
  [
    `FailedScheduling: 0/1 nodes are available: 1 Insufficient memory. ${PREEMPTION}`,
    'UNSCHEDULABLE_RESOURCES',
    'No node of the cluster has room: 0/1 nodes fit, Insufficient memory.',
  ],
  [
    `0/1 nodes are available: 1 Too many pods. ${PREEMPTION}`,
    'UNSCHEDULABLE_RESOURCES',
    'No node of the cluster has room: 0/1 nodes fit, Too many pods.',
  ],
  [
    'ExceededNodeResources: TaskRun Pod exceeded available resources',
    'UNSCHEDULABLE_RESOURCES',
    'No node of the cluster has room.',
  ],
  [
    `0/1 nodes are available: 1 node(s) had untolerated taint(s). ${PREEMPTION}`,
    'UNSCHEDULABLE_TAINT',
    'No node takes the pod: those with room are closed or kept for others by a taint.',
  ],
  [
    `0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. ${PREEMPTION}`,
    'UNSCHEDULABLE_AFFINITY',
    'No node takes the pod: none is of the kind that the pod asks for.',
  ],
  [
    `0/1 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity. ${PREEMPTION}`,
    'UNSCHEDULABLE_VOLUME',
    'No node can have the pod and its volume: the volume is bound to another node, or the node has too many.',
  ],
  [
    '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found',
    'PVC_PENDING',
    'The pod waits for a volume that is not there (unbound immediate PersistentVolumeClaims).',
  ],
  [
    '0/1 nodes are available: persistentvolumeclaim "gone" not found. not found',
    'PVC_PENDING',
    'The pod waits for a volume "gone" that is not there (persistentvolumeclaim "gone" not found).',
  ],
  [
    'FailedMount: MountVolume.SetUp failed for volume "a" : secret "gone" not found',
    'SECRET_MISSING',
    'The Secret "gone", which the container needs, is missing in its namespace.',
  ],
  [
    'CreateContainerConfigError: secret "gone" not found',
    'SECRET_MISSING',
    'The Secret "gone", which the container needs, is missing in its namespace.',
  ],
  [
    'FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets (slipway-registry); attempting to pull the image may not succeed.',
    'SECRET_MISSING',
    'The Secret "slipway-registry", which the container needs, is missing in its namespace.',
  ],
  [
    `CreateContainerConfigError: couldn't find key gone in Secret t1/has`,
    'SECRET_MISSING',
    'The Secret "t1/has", which the container needs, is missing or has no "gone" in its namespace.',
  ],
  [
    'FailedMount: MountVolume.SetUp failed for volume "a" : configmap "gone" not found',
    'CONFIGMAP_MISSING',
    'The ConfigMap "gone", which the container needs, is missing in its namespace.',
  ],
  [
    'FailedMount: MountVolume.MountDevice failed for volume "data" : rpc error: code = Internal desc = mount failed: exit status 32',
    'VOLUME_MOUNT',
    'A volume cannot be brought into the container: MountVolume.MountDevice failed for volume "data" : rpc error: code = Internal desc = mount failed: exit status 32.',
  ],
];

export const schedulingCases: DiagnosisCase[] = [
  ...waiting.map(([text, code, cause]) => ({
    stage: 'deploy' as const,
    evidence: [
      {
        kind: 'event' as const,
        source: 'web-r1-0',
        text,
        facts: { namespace: 'ws-shop' },
      },
    ],
    code,
    cause,
  })),
  ...(
    [
      ['ProvisioningFailed', 'storageclass.storage.k8s.io "gone" not found'],
      [
        'FailedBinding',
        'no persistent volumes available for this claim and no storage class is set',
      ],
    ] as const
  ).map(([reason, problem]) => ({
    stage: 'dependencies' as const,
    evidence: [
      {
        kind: 'event' as const,
        source: 'db-data',
        text: `${reason}: ${problem}`,
        facts: { namespace: 'ws-shop', claim: 'db-data' },
      },
    ],
    code: 'PVC_PENDING',
    cause: `The volume "db-data" cannot be made: ${problem}.`,
  })),
  {
    stage: 'provision',
    evidence: [
      {
        kind: 'state',
        source: 'StorageClasses',
        text: 'No StorageClass is the default one',
        facts: { missing: 'StorageClass' },
      },
    ],
    code: 'PVC_PENDING',
    cause:
      'No StorageClass of the cluster is the default one, so that it makes no volumes.',
  },
  ...(
    [
      ['a volume does not become smaller', { volumeSize: 'smaller' }],
      [
        'the volumes of the StorageClass plain do not grow (allowVolumeExpansion)',
        { volumeSize: 'fixed', storageClass: 'plain' },
      ],
    ] as const
  ).map(([why, facts]) => ({
    stage: 'dependencies' as const,
    evidence: [
      {
        kind: 'state' as const,
        source: 'db.data',
        text: `The volume "data" of "db" has 5Gi and cannot get 2Gi (sizeGiB of the volume): ${why}`,
        facts: { ...facts, namespace: 'ws-shop' },
      },
    ],
    code: 'VOLUME_SIZE',
    cause: `The volume "data" of "db" has 5Gi and cannot get 2Gi (sizeGiB of the volume): ${why}.`,
  })),
  {
    // What was is in the list of all events, and does not say what is.
    stage: 'deploy',
    evidence: [
      {
        kind: 'state',
        source: 'web-r1-0',
        text: 'terminated, exit code 1, 3 restarts',
        facts: { exitCode: 1, restarts: 3 },
      },
      {
        kind: 'event',
        source: 'web-r1-0',
        text: '2026-11-21T10:00:00.000Z Warning FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu.\n2026-11-21T10:00:02.000Z Warning Unhealthy: Readiness probe failed: dial tcp 172.28.64.35:8080: connect: connection refused',
        facts: { history: true },
      },
    ],
    code: 'CRASH_LOOP',
    cause:
      'The app "web" does not stay up: its process ended with exit code 1.',
  },
];
