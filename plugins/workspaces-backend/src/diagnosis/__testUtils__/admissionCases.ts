import type { JsonObject } from '@backstage/types';
import type { DiagnosisCase } from './DiagnosisCase';

type Seen = [
  stage: DiagnosisCase['stage'],
  text: string,
  code: string,
  cause: string,
];

const facts: JsonObject = { namespace: 'ws-shop' };

/** Verbatim: what Kubernetes 1.34 answers where it does not let something be made. */
const refusals: Seen[] = [
  [
    'provision',
    'namespaces is forbidden: User "system:serviceaccount:t1:nobody" cannot create resource "namespaces" in API group "" at the cluster scope',
    'RBAC_DENIED',
    'The account "nobody" of the portal may not create namespaces in the whole cluster.',
  ],
  [
    'deploy',
    'deployments.apps "a" is forbidden: User "system:serviceaccount:t1:nobody" cannot patch resource "deployments" in API group "apps" in the namespace "t1"',
    'RBAC_DENIED',
    'The account "nobody" of the portal may not patch deployments in the namespace "t1".',
  ],
  [
    'deploy',
    'deployments.apps "a" is forbidden: User "ann@example.com" cannot patch resource "deployments" in API group "apps" in the namespace "t1"',
    'RBAC_DENIED',
    'The account "ann@example.com" of the portal may not patch deployments in the namespace "t1".',
  ],
  [
    'provision',
    'nodes is forbidden: User "ann@example.com" cannot list resource "nodes" in API group "" at the cluster scope',
    'RBAC_DENIED',
    'The account "ann@example.com" of the portal may not list nodes in the whole cluster.',
  ],
  [
    'build',
    'PodAdmissionFailed: pods "t-psarestricted-mwpoz0w5-pod" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "step-main" must set securityContext.allowPrivilegeEscalation=false)',
    'PSA_DENIED',
    'The Pod Security level "restricted" of the namespace of builds does not allow the pod of the build: allowPrivilegeEscalation != false (container "step-main" must set securityContext.allowPrivilegeEscalation=false).',
  ],
  [
    'deploy',
    'pods "a" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true)',
    'PSA_DENIED',
    'The Pod Security level "restricted" of the namespace does not allow the pod: runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true).',
  ],
  [
    'deploy',
    'pods "a" is forbidden: exceeded quota: q, requested: limits.cpu=3, used: limits.cpu=0, limited: limits.cpu=1',
    'QUOTA_EXCEEDED',
    'The quota "q" of the workspace is used up: requested limits.cpu=3, used limits.cpu=0, limited to limits.cpu=1.',
  ],
  [
    'build',
    'ExceededResourceQuota: TaskRun Pod exceeded available resources: pods "t-quota-mwpoyun9-pod" is forbidden: exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0',
    'QUOTA_EXCEEDED',
    'The quota "q" of the workspace is used up: requested pods=1, used pods=0, limited to pods=0.',
  ],
  [
    'deploy',
    'pods "a" is forbidden: failed quota: q: must specify limits.cpu for: app; limits.memory for: app',
    'LIMITS_REQUIRED',
    'The quota "q" of the namespace wants limits that a pod does not have: limits.cpu for: app; limits.memory for: app.',
  ],
  [
    'deploy',
    'pods "a" is forbidden: maximum cpu usage per Container is 100m, but limit is 3',
    'LIMITRANGE_EXCEEDED',
    'A LimitRange of the namespace does not allow what the pod asks for: maximum cpu usage per Container is 100m, but limit is 3.',
  ],
  [
    'build',
    'PodCreationFailed: failed to create task run pod "web-446bd70bfbf1e91b": Pod "web-446bd70bfbf1e91b-pod" is invalid: [spec.initContainers[0].resources.requests: Invalid value: "10m": must be less than or equal to cpu limit of 1m, spec.initContainers[1].resources.requests: Invalid value: "10m": must be less than or equal to cpu limit of 1m]. Maybe invalid TaskSpec',
    'LIMITRANGE_EXCEEDED',
    'A LimitRange of the namespace gives containers a limit of 1m cpu, and they ask for 10m.',
  ],
  [
    'build',
    'admission webhook "validation.webhook.pipeline.tekton.dev" denied the request: validation failed: invalid value: -5s should be >= 0: spec.timeout',
    'WEBHOOK_DENIED',
    'The policy "validation.webhook.pipeline.tekton.dev" of the cluster does not allow it: validation failed: invalid value: -5s should be >= 0: spec.timeout.',
  ],
  [
    'provision',
    `configmaps "a" is forbidden: ValidatingAdmissionPolicy 't1-policy' with binding 't1-policy' denied request: nothing is allowed here`,
    'WEBHOOK_DENIED',
    'The policy "t1-policy" of the cluster does not allow it: nothing is allowed here.',
  ],
  [
    'provision',
    'Internal error occurred: failed calling webhook "gate.example.com": failed to call webhook: Post "https://gate.t1.svc:443/?timeout=1s": dial tcp 172.28.143.89:443: connect: connection refused',
    'WEBHOOK_UNREACHABLE',
    'The cluster asks the webhook "gate.example.com" before it makes anything, and that does not answer: dial tcp 172.28.143.89:443: connect: connection refused.',
  ],
  [
    'provision',
    'Internal error occurred: failed calling webhook "gate.example.com": no endpoints available for service "gate"',
    'WEBHOOK_UNREACHABLE',
    'The cluster asks the webhook "gate.example.com" before it makes anything, and that does not answer: no endpoints available for service "gate".',
  ],
  [
    'deploy',
    'configmaps "zz" is forbidden: unable to create new content in namespace t1 because it is being terminated',
    'NAMESPACE_TERMINATING',
    'The namespace "t1" is being removed.',
  ],
  [
    'provision',
    'The namespace ws-shop is being removed and does not go: NamespaceFinalizersRemaining: Some content in the namespace has finalizers remaining: example.com/keep in 1 resource instances',
    'NAMESPACE_TERMINATING',
    'The namespace "ws-shop" is being removed, and this keeps it: NamespaceFinalizersRemaining: Some content in the namespace has finalizers remaining: example.com/keep in 1 resource instances.',
  ],
  [
    'provision',
    'The namespace ws-shop is being removed and does not go: NamespaceDeletionDiscoveryFailure: Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1: stale GroupVersion discovery: metrics.k8s.io/v1beta1',
    'NAMESPACE_TERMINATING',
    'The namespace "ws-shop" is being removed, and this keeps it: NamespaceDeletionDiscoveryFailure: Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1: stale GroupVersion discovery: metrics.k8s.io/v1beta1.',
  ],
  [
    'deploy',
    'pods "sa" is forbidden: error looking up service account t1/gone: serviceaccount "gone" not found',
    'SERVICEACCOUNT_MISSING',
    'The ServiceAccount "gone" is missing in the namespace "t1".',
  ],
  [
    'build',
    'PodCreationFailed: failed to create task run pod "t-serviceaccountmissing-mwpoy9xd": translating TaskSpec to Pod: serviceaccounts "no-such-sa" not found. Maybe invalid TaskSpec',
    'SERVICEACCOUNT_MISSING',
    'The ServiceAccount "no-such-sa" is missing in the namespace "ws-shop".',
  ],
];

export const admissionCases: DiagnosisCase[] = [
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'error',
        source: 'Kubernetes API',
        text: 'Secret "web-r1" is invalid: data: Too long: may not be more than 1048576 bytes',
      },
    ],
    code: 'OBJECT_INVALID',
    cause:
      'The cluster does not accept what the portal made of the definition, the Secret "web-r1": data: Too long: may not be more than 1048576 bytes.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'error',
        source: 'Kubernetes API',
        text: 'Request entity too large: limit is 3145728',
      },
    ],
    code: 'OBJECT_INVALID',
    cause:
      'The cluster does not accept what the portal made of the definition: Request entity too large: limit is 3145728.',
  },
  ...refusals.map(([stage, text, code, cause]) => ({
    stage,
    evidence: [{ kind: 'event' as const, source: 'web-r1', text, facts }],
    code,
    cause,
  })),
  {
    stage: 'provision',
    evidence: [
      {
        kind: 'state',
        source: 'SelfSubjectAccessReview',
        text: 'The account of the portal may not: patch deployments (apps)',
        facts: { missingRights: 'patch deployments (apps)' },
      },
    ],
    code: 'RBAC_DENIED',
    cause: 'The account of the portal may not: patch deployments (apps).',
  },
  {
    stage: 'provision',
    evidence: [
      {
        kind: 'error',
        source: 'Kubernetes API',
        text: 'https://10.0.0.1:6443: connect ECONNREFUSED 10.0.0.1:6443',
        facts: { ...facts, cluster: true, code: 'ECONNREFUSED' },
      },
    ],
    code: 'CLUSTER_UNREACHABLE',
    cause:
      'The API server of the cluster does not answer: https://10.0.0.1:6443: connect ECONNREFUSED 10.0.0.1:6443.',
  },
  ...(
    [
      ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'],
      [
        'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
        'unable to verify the first certificate',
      ],
      ['CERT_HAS_EXPIRED', 'certificate has expired'],
      [
        'ERR_TLS_CERT_ALTNAME_INVALID',
        "Hostname/IP does not match certificate's altnames: IP: 10.0.0.1 is not in the cert's list: 10.0.0.2",
      ],
    ] as const
  ).map(([code, said]) => ({
    stage: 'provision' as const,
    evidence: [
      {
        kind: 'error' as const,
        source: 'Kubernetes API',
        text: `https://10.0.0.1:6443: ${said}`,
        facts: { ...facts, cluster: true, code },
      },
    ],
    code: 'CLUSTER_CERTIFICATE',
    cause: `The portal does not trust the certificate of the API server: https://10.0.0.1:6443: ${said}.`,
  })),
  {
    stage: 'provision',
    evidence: [
      {
        kind: 'error',
        source: 'Kubernetes API',
        text: 'Unauthorized',
        facts: { ...facts, cluster: true, status: 401, reason: 'Unauthorized' },
      },
    ],
    code: 'CLUSTER_LOGIN',
    cause: 'The cluster does not accept the credentials of the portal.',
  },
];
