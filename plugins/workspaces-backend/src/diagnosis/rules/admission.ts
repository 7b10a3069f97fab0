import { hasFact, toldBy, type Rule } from '../rule';

/** The API server, a controller that was refused its pods, and Tekton that passes it on. */
const clusterSays = toldBy('error', 'event', 'state');

const ACCOUNT =
  'system:serviceaccount:(?<accountSpace>[^:"]+):(?<account>[^"]+)';
const RIGHT =
  'cannot (?<verb>\\S+) resource "(?<resource>(?<kind>[^"/]+)(?:/(?<part>[^"]+))?)" in API group "(?<group>[^"]*)"';
const HERE = 'in the namespace "(?<namespace>[^"]+)"';

/** What the refused account has to get and no more, as manifests for `kubectl apply`. */
function missingRights(
  kind: 'Role' | 'ClusterRole',
  subject: readonly string[],
): string {
  const space = kind === 'Role' ? ['  namespace: {namespace}'] : [];
  const metadata = [
    'metadata:',
    '  name: slipway-{verb}-{kind}[-{part}]',
    ...space,
  ];
  return [
    'Apply this ("kubectl apply -f -"), then retry:',
    'apiVersion: rbac.authorization.k8s.io/v1',
    `kind: ${kind}`,
    ...metadata,
    'rules:',
    '- apiGroups:',
    '  - "{group}"',
    '  resources:',
    '  - {resource}',
    '  verbs:',
    '  - {verb}',
    '---',
    'apiVersion: rbac.authorization.k8s.io/v1',
    `kind: ${kind}Binding`,
    ...metadata,
    'roleRef:',
    '  apiGroup: rbac.authorization.k8s.io',
    `  kind: ${kind}`,
    '  name: slipway-{verb}-{kind}[-{part}]',
    'subjects:',
    ...subject,
    '# For good, add the rule to the ClusterRole of the portal, which covers every workspace.',
  ].join('\n');
}

/** How TLS names a certificate that leads to no known authority, is for another host, or does not hold now. */
const BAD_CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/;

const POD_SECURITY =
  /violates PodSecurity "(?<level>[^:"]+)[^"]*": (?<violations>.+)/;

const ofAccount = [
  '- kind: ServiceAccount',
  '  namespace: {accountSpace}',
  '  name: {account}',
];
const ofUser = [
  '- kind: User',
  '  apiGroup: rbac.authorization.k8s.io',
  '  name: "{user}"',
];

/** A right that the account of the portal lacks. */
const rightsRules: readonly Rule[] = (
  [
    ['Role', ACCOUNT, HERE, ofAccount],
    ['ClusterRole', ACCOUNT, 'at the cluster scope', ofAccount],
    ['Role', '(?<user>[^"]+)', HERE, ofUser],
    ['ClusterRole', '(?<user>[^"]+)', 'at the cluster scope', ofUser],
  ] as const
).map(([kind, who, where, subject]) => ({
  code: 'RBAC_DENIED',
  signs: clusterSays(new RegExp(`User "${who}" ${RIGHT} ${where}`)),
  cause:
    kind === 'Role'
      ? 'The account[ "{account}"][ "{user}"] of the portal may not {verb} {resource} in the namespace "{namespace}".'
      : 'The account[ "{account}"][ "{user}"] of the portal may not {verb} {resource} in the whole cluster.',
  fix: missingRights(kind, subject),
  fixedBy: 'operator',
}));

/** What a cluster does not let be made, in its own words. */
export const admissionRules: readonly Rule[] = [
  ...rightsRules,
  {
    code: 'RBAC_DENIED',
    signs: [{ facts: hasFact('missingRights') }],
    cause: 'The account of the portal may not: {missingRights}.',
    fix: 'Give the account of the portal these rights in its ClusterRole.',
    fixedBy: 'operator',
  },
  {
    code: 'PSA_DENIED',
    stages: ['build'],
    signs: clusterSays(POD_SECURITY),
    cause:
      'The Pod Security level "{level}" of the namespace of builds does not allow the pod of the build: {violations}.',
    fix: 'Let builds run at the level "baseline": "kubectl label --overwrite namespace {namespace} pod-security.kubernetes.io/enforce=baseline", and see that no policy of the cluster sets another one. Then retry.',
    fixedBy: 'operator',
  },
  {
    code: 'PSA_DENIED',
    signs: clusterSays(POD_SECURITY),
    cause:
      'The Pod Security level "{level}" of the namespace does not allow the pod: {violations}.',
    fix: 'Slipway asks for nothing that the level "restricted" forbids but where an app runs as the superuser: see that no policy of the cluster changes its pods, or allow what the cause names with "kubectl label --overwrite namespace {namespace} pod-security.kubernetes.io/enforce=baseline". Then retry.',
    fixedBy: 'operator',
  },
  {
    code: 'QUOTA_EXCEEDED',
    signs: clusterSays(
      /exceeded quota: (?<quota>[^,]+), requested: (?<requested>.+), used: (?<used>.+), limited: (?<limited>.+)/,
    ),
    cause:
      'The quota "{quota}" of the workspace is used up: requested {requested}, used {used}, limited to {limited}.',
    fix: 'Give the workspace a larger "size", or let it have fewer apps, replicas and volumes. An operator can give the sizes more room: workspaces.kubernetes.sizes.',
    fixedBy: 'user',
  },
  {
    code: 'LIMITS_REQUIRED',
    signs: clusterSays(
      /failed quota: (?<quota>[^:]+): must specify (?<required>.+)/,
    ),
    cause:
      'The quota "{quota}" of the namespace wants limits that a pod does not have: {required}.',
    fix: 'Add a LimitRange with defaults to the namespace, or delete the quota if it is not of Slipway: "kubectl get resourcequota,limitrange -n {namespace}" shows both. Slipway gives its own containers limits.',
    fixedBy: 'operator',
  },
  {
    code: 'LIMITRANGE_EXCEEDED',
    signs: clusterSays(
      /is forbidden: (?:\[)?(?<problem>(?:maximum|minimum) \S+ usage per \w+ is [^,\]]+, but (?:limit|request) is [^,\]]+|\S+ max limit to request ratio per \w+ is [^\]]+)/,
    ),
    cause:
      'A LimitRange of the namespace does not allow what the pod asks for: {problem}.',
    fix: 'Let the LimitRange allow it, or delete it: "kubectl get limitrange -n {namespace}" shows those that are not of Slipway. Then retry.',
    fixedBy: 'operator',
  },
  {
    code: 'LIMITRANGE_EXCEEDED',
    signs: clusterSays(
      /requests: Invalid value: "(?<request>[^"]+)": must be less than or equal to (?<resource>\S+) limit of (?<limit>[^,\]\s]+)/,
    ),
    cause:
      'A LimitRange of the namespace gives containers a limit of {limit} {resource}, and they ask for {request}.',
    fix: 'Raise the default of the LimitRange, or delete it: "kubectl get limitrange -n {namespace}" shows those that are not of Slipway. Then retry.',
    fixedBy: 'operator',
  },
  {
    code: 'WEBHOOK_DENIED',
    signs: clusterSays(
      /admission webhook "(?<webhook>[^"]+)" denied the request(?:: (?<reason>[\s\S]+))?/,
      /ValidatingAdmissionPolicy '(?<webhook>[^']+)' with binding '[^']+' denied request: (?<reason>[\s\S]+)/,
    ),
    cause:
      'The policy "{webhook}" of the cluster does not allow it[: {reason}].',
    fix: 'Change the app so that it keeps the policy, or let an operator of the cluster make an exception for the namespaces of Slipway, which have the label slipway.dev/workspace.',
    fixedBy: 'operator',
  },
  {
    code: 'WEBHOOK_UNREACHABLE',
    signs: clusterSays(
      /failed calling webhook "(?<webhook>[^"]+)": .*Post "https?:\/\/(?<service>[^:/"]+)[^"]*": (?<problem>.+)/,
      /failed calling webhook "(?<webhook>[^"]+)": (?<problem>.+)/,
    ),
    cause:
      'The cluster asks the webhook "{webhook}" before it makes anything, and that does not answer: {problem}.',
    fix: 'Bring its service[ {service}] back ("kubectl get pods,endpoints -A" shows whether its pods run), or delete its webhook configuration; then retry.',
    fixedBy: 'operator',
  },
  {
    code: 'NAMESPACE_TERMINATING',
    signs: clusterSays(
      /unable to create new content in namespace (?<namespace>\S+) because it is being terminated/,
      /^The namespace (?<namespace>\S+) is being removed and does not go(?:: (?<left>[\s\S]+))?/,
    ),
    cause:
      'The namespace "{namespace}" is being removed[, and this keeps it: {left}].',
    fix: 'Wait until it is gone, then retry. If it does not go, "kubectl get namespace {namespace} -o yaml" says at its end which finalizers or which API keep it: bring their controller back, or remove them.',
    fixedBy: 'operator',
  },
  {
    code: 'OBJECT_INVALID',
    signs: toldBy('error')(
      /^(?<object>[A-Z]\w+(?:\.[\w.]+)? "[^"]+") is invalid: (?<problem>[^\n]*\b(?:Too long|Too many|must be no more than)\b[^\n]*)/,
      /(?<problem>Request entity too large: limit is \d+)/,
    ),
    cause:
      'The cluster does not accept what the portal made of the definition[, the {object}]: {problem}.',
    fix: 'Correct or shorten what the cause names in the definition of the app or dependency (one file, or all secret values of an app together, may have 1 MiB), then retry.',
    fixedBy: 'user',
  },
  {
    code: 'SERVICEACCOUNT_MISSING',
    signs: clusterSays(
      /error looking up service account (?<namespace>[^/]+)\/(?<account>[^:]+): serviceaccount "[^"]+" not found/,
      /serviceaccounts "(?<account>[^"]+)" not found/,
    ),
    cause:
      'The ServiceAccount "{account}" is missing[ in the namespace "{namespace}"].',
    fix: 'Retry: every run makes its ServiceAccount anew. If it is missing again, something in the cluster removes it: "kubectl get serviceaccount -n {namespace} --watch" shows when.',
    fixedBy: 'user',
  },
  {
    code: 'CLUSTER_CERTIFICATE',
    signs: [
      {
        kinds: ['error'],
        facts: ({ cluster, code }) =>
          cluster !== undefined && BAD_CERTIFICATE.test(String(code))
            ? {}
            : undefined,
      },
    ],
    cause:
      'The portal does not trust the certificate of the API server: {text}.',
    fix: 'Give the authority of the cluster with certificate-authority-data in workspaces.kubernetes.kubeconfig, and the address for which its certificate is; renew the certificate where it has run out.',
    fixedBy: 'operator',
  },
  {
    code: 'CLUSTER_UNREACHABLE',
    signs: [
      {
        kinds: ['error'],
        facts: ({ cluster, code }) =>
          cluster !== undefined && code !== undefined ? {} : undefined,
      },
    ],
    cause: 'The API server of the cluster does not answer: {text}.',
    fix: 'Look whether the cluster runs and the machine of the portal reaches it ("kubectl version" there), then retry. How it is reached is said with workspaces.kubernetes.kubeconfig.',
    fixedBy: 'operator',
  },
  {
    code: 'CLUSTER_LOGIN',
    signs: [
      {
        kinds: ['error'],
        facts: ({ cluster, status }) =>
          cluster !== undefined && status === 401 ? {} : undefined,
      },
    ],
    cause: 'The cluster does not accept the credentials of the portal.',
    fix: 'Give the portal valid credentials with workspaces.kubernetes.kubeconfig: they may have run out.',
    fixedBy: 'operator',
  },
];
