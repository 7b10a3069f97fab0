import type { DiagnosisCase } from './DiagnosisCase';

const namespace = 'ws-shop-build';

/** Verbatim: how buildah and kaniko say that a push was refused. */
const pushCases: DiagnosisCase[] = (
  [
    [
      '10.99.0.1:5001',
      'pushing image "10.99.0.1:5001/corpus/denied:buildah" to "docker://10.99.0.1:5001/corpus/denied:buildah": trying to reuse blob sha256:85f2f94d1880c94adb1beaff77a0e91c2a0aec375a98fb22c7a1235f7f9b2f90 at destination: checking whether a blob sha256:85f2f94d1880c94adb1beaff77a0e91c2a0aec375a98fb22c7a1235f7f9b2f90 exists in 10.99.0.1:5001/corpus/denied: unauthorized: authentication required',
      'PUSH_UNAUTHORIZED',
    ],
    [
      '10.99.0.1:5001',
      'error checking push permissions -- make sure you entered the correct tag name, and that you are authenticated correctly, and try again: checking push permission for "10.99.0.1:5001/corpus/denied:kaniko": POST https://10.99.0.1:5001/v2/corpus/denied/blobs/uploads/: UNAUTHORIZED: authentication required; [map[Action:pull Class: Name:corpus/denied Type:repository] map[Action:push Class: Name:corpus/denied Type:repository]]',
      'PUSH_UNAUTHORIZED',
    ],
    [
      '10.99.0.1:5002',
      'pushing image "10.99.0.1:5002/corpus/denied:buildah" to "docker://10.99.0.1:5002/corpus/denied:buildah": writing blob: initiating layer upload to /v2/corpus/denied/blobs/uploads/ in 10.99.0.1:5002: StatusCode: 405, Method not allowed',
      'PUSH_REFUSED',
    ],
    [
      '10.99.0.1:5002',
      'error checking push permissions -- make sure you entered the correct tag name, and that you are authenticated correctly, and try again: checking push permission for "10.99.0.1:5002/corpus/denied:kaniko": POST https://10.99.0.1:5002/v2/corpus/denied/blobs/uploads/: unexpected status code 405 Method Not Allowed: Method not allowed',
      'PUSH_REFUSED',
    ],
  ] as const
).map(([registry, text, code]) => ({
  stage: 'build',
  evidence: [
    {
      kind: 'error',
      source: 'pushing the image',
      text,
      facts: {
        askedBy: 'builder',
        registry,
        pushed: `${registry}/corpus/denied`,
      },
    },
  ],
  code,
  cause:
    code === 'PUSH_UNAUTHORIZED'
      ? `The registry ${registry} wants a login before it takes ${registry}/corpus/denied, and has got none or a wrong one from the builder.`
      : `The registry ${registry} does not take ${registry}/corpus/denied and answers 405: it may be read-only, full, or in maintenance.`,
}));

/** Verbatim: how builds on Tekton 1.15 end before BuildKit has its say, and what is refused to them. */
export const tektonCases: DiagnosisCase[] = [
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'BuildKit',
        text: 'failed to solve: failed to parse stage name "UPPER/Case:1": invalid reference format: repository name (Case) must be lowercase',
        facts: { instruction: 'FROM UPPER/Case:1', line: 1 },
      },
    ],
    code: 'IMAGE_NAME_INVALID',
    cause:
      'The base image "UPPER/Case:1" of the Dockerfile (line 1) is not the name of an image: repository name (Case) must be lowercase.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'Kubernetes API',
        text: 'tekton.dev/v1: 404 page not found',
        facts: { missing: 'tekton.dev/v1' },
      },
    ],
    code: 'TEKTON_MISSING',
    cause: 'The cluster has no Tekton Pipelines, in which images are built.',
  },
  ...(
    [
      [
        'Failed: Failed to pull image "10.99.0.1:5000/nope:1": rpc error: code = NotFound desc = failed to pull and unpack image "10.99.0.1:5000/nope:1": failed to resolve reference "10.99.0.1:5000/nope:1": 10.99.0.1:5000/nope:1: not found',
        'The image "10.99.0.1:5000/nope:1" of the builder cannot be brought to the node because (MANIFEST_UNKNOWN) the registry has no such image: 10.99.0.1:5000/nope:1.',
      ],
      [
        'Failed: Failed to pull image "10.99.0.1:5001/private/app:1": failed to pull and unpack image "10.99.0.1:5001/private/app:1": failed to resolve reference "10.99.0.1:5001/private/app:1": pulling from host 10.99.0.1:5001 failed with status code [manifests 1]: 401 Unauthorized',
        'The image "10.99.0.1:5001/private/app:1" of the builder cannot be brought to the node because (PULL_UNAUTHORIZED) the registry 10.99.0.1:5001 wants a login, and has got none or a wrong one from the node.',
      ],
      [
        'InspectFailed: Failed to apply default image tag "UPPER/Case:1": couldn\'t parse image name "UPPER/Case:1": invalid reference format: repository name (Case) must be lowercase',
        'The image "UPPER/Case:1" of the builder cannot be brought to the node because (IMAGE_NAME_INVALID) that is not the name of an image: repository name (Case) must be lowercase.',
      ],
    ] as const
  ).map(([text, cause]) => ({
    stage: 'build' as const,
    evidence: [
      {
        kind: 'event' as const,
        source: 'web-1-pod',
        text,
        facts: { namespace, askedBy: 'node', registry: '10.99.0.1:5001' },
      },
    ],
    code: 'BUILDER_IMAGE_PULL',
    cause,
  })),
  {
    stage: 'build',
    evidence: [
      {
        kind: 'state',
        source: 'web-1',
        text: 'PullImageFailed: build step "step-main" is pending with reason "failed to pull and unpack image \\"registry.invalid/nope:1\\": failed to resolve reference \\"registry.invalid/nope:1\\": failed to do request: Head \\"https://registry.invalid/v2/nope/manifests/1\\": dial tcp: lookup registry.invalid on 10.255.255.53:53: no such host"',
        facts: { namespace, askedBy: 'node' },
      },
    ],
    code: 'BUILDER_IMAGE_PULL',
    cause:
      'The image of the builder cannot be brought to the node because (REGISTRY_DNS) the name "registry.invalid" of the registry cannot be resolved by the node.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'bundle',
        text: 'failed to solve: bundle: failed to resolve source metadata for 10.99.0.1:5001/slipway/ws-shop/web@sha256:1: unexpected status from HEAD request to https://10.99.0.1:5001/v2/slipway/ws-shop/web/manifests/sha256:1: 401 Unauthorized',
        facts: { namespace, askedBy: 'builder', fetches: 'bundle' },
      },
    ],
    code: 'BUNDLE_PULL',
    cause:
      'The builder cannot fetch the bundle of the source, which the portal had brought to the registry because (PULL_UNAUTHORIZED) the registry wants a login, and has got none or a wrong one from the builder.',
  },
  ...(
    [
      [
        '[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: operation not permitted',
        'operation not permitted',
      ],
      [
        '[rootlesskit:parent] error: failed to setup UID/GID map: newuidmap 20 [0 1000 1 1 100000 65536] failed: newuidmap: write to uid_map failed: Operation not permitted\n: exit status 1',
        'write to uid_map failed: Operation not permitted',
      ],
    ] as const
  ).map(([said, problem]) => ({
    stage: 'build' as const,
    evidence: [
      {
        kind: 'error' as const,
        source: 'BuildKit',
        text: 'BuildKit did not start',
      },
      { kind: 'log' as const, source: 'BuildKit', text: said },
    ],
    code: 'BUILDER_START',
    cause: `BuildKit did not start (${problem}): the node does not let it make namespaces of its own.`,
  })),
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'buildah',
        text: 'buildah did not start',
      },
      {
        kind: 'log',
        source: 'buildah',
        text: 'Error during unshare(CLONE_NEWUSER): Operation not permitted',
      },
    ],
    code: 'BUILDER_START',
    cause:
      'The builder buildah did not start (Operation not permitted): the node does not let it make namespaces of its own.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'kaniko',
        text: 'kaniko cannot read here-documents: line 3 (RUN <<END …)',
        facts: {
          builder: 'kaniko',
          cannot: 'read here-documents',
          instruction: 'RUN <<END …',
          line: 3,
        },
      },
    ],
    code: 'BUILDER_UNABLE',
    cause:
      'The builder of this cluster, kaniko, cannot read here-documents: "RUN <<END …" (line 3 of the Dockerfile).',
  },
  ...pushCases,
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'BuildKit',
        text: 'BuildKit did not start',
      },
    ],
    code: 'BUILDER_START',
    cause: 'BuildKit did not start.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'state',
        source: 'web-1',
        text: 'TaskRunTimeout: TaskRun "t-timeout-mwpp582r" failed to finish within "4s"\nPrevious status: [Pending] pod status "Ready":"False"; message: "containers with unready status: [step-main]"',
        facts: { namespace, reason: 'TaskRunTimeout' },
      },
    ],
    code: 'BUILD_TIMEOUT',
    cause: 'The build was not done within its time of 4s.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'state',
        source: 'web-1',
        text: 'StepFailed: "step-main" exited because the step exceeded the specified timeout limit',
        facts: { namespace, reason: 'StepFailed' },
      },
    ],
    code: 'BUILD_TIMEOUT',
    cause: 'The build was not done within its time.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'state',
        source: 'web-1',
        text: 'StepOOM: "step-main" exited with code 255: OOMKilled',
        facts: {
          namespace,
          reason: 'StepOOM',
          exitCode: 255,
          outOfMemory: true,
        },
      },
    ],
    code: 'OOM_BUILD',
    cause:
      'The step of the build was killed, most likely because the memory ran out.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'state',
        source: 'web-1',
        text: 'The TaskRun web-1 was removed while it ran',
        facts: { namespace },
      },
    ],
    code: 'BUILD_REMOVED',
    cause: 'Somebody removed the build from the cluster while it ran.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'state',
        source: 'web-1',
        text: 'Succeeded: All Steps have completed executing; no result IMAGE_DIGEST',
        facts: { namespace, reason: 'Succeeded' },
      },
    ],
    code: 'BUILD_WITHOUT_IMAGE',
    cause: 'The build has succeeded, but left no image.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'state',
        source: 'slow',
        text: 'The LimitRange slow gives containers that name no limit 10m of a CPU',
        facts: {
          namespace,
          throttledBy: 'LimitRange',
          limitRange: 'slow',
          cpu: '10m',
        },
      },
      {
        kind: 'state',
        source: 'web-1',
        text: 'TaskRunTimeout: TaskRun "web-1" failed to finish within "60s"',
        facts: { namespace, reason: 'TaskRunTimeout' },
      },
    ],
    code: 'LIMITRANGE_THROTTLE',
    cause:
      'The LimitRange "slow" of the namespace "ws-shop-build" gives containers that name no limit 10m of a CPU, so that builds are many times slower.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'state',
        source: 'slipway',
        text: 'The NetworkPolicy slipway selects the pod, and no rule lets it reach 10.20.0.5:5432',
        facts: {
          namespace: 'ws-shop',
          blockedBy: 'slipway',
          address: '10.20.0.5:5432',
          host: '10.20.0.5',
        },
      },
      {
        kind: 'state',
        source: 'web-r1-0',
        text: 'terminated, exit code 1, 2 restarts',
        facts: { exitCode: 1, restarts: 2 },
      },
    ],
    code: 'NETPOL_BLOCKED',
    cause:
      'The app "web" cannot reach 10.20.0.5:5432: the NetworkPolicy "slipway" does not let it through.',
  },
];
