import { fact, toldBy, type Rule } from '../rule';

/**
 * The decisive word alone: it stands at the beginning. In the list of all events of a pod the same may stand
 * as something that has passed.
 */
const clusterSays = toldBy('event', 'state');

const NODES =
  '^(?:FailedScheduling: |Unschedulable: )?(?<nodes>0/\\d+) nodes are available: ';

/** Why a pod gets no node. Of several reasons the one that can be changed soonest. */
export const schedulingRules: readonly Rule[] = [
  {
    code: 'PVC_PENDING',
    signs: [{ facts: fact('missing', 'StorageClass') }],
    cause:
      'No StorageClass of the cluster is the default one, so that it makes no volumes.',
    fix: 'Name a StorageClass in workspaces.kubernetes.storageClass, or mark one as the default: "kubectl annotate storageclass <name> storageclass.kubernetes.io/is-default-class=true"; "kubectl get storageclass" lists them.',
    fixedBy: 'operator',
  },
  {
    code: 'PVC_PENDING',
    signs: clusterSays(
      /^ProvisioningFailed: (?<problem>.+)/,
      /^FailedBinding: (?<problem>.+)/,
    ),
    cause: 'The volume "{claim}" cannot be made: {problem}.',
    fix: 'Name a StorageClass that makes volumes in workspaces.kubernetes.storageClass, or mark one as the default: "kubectl get storageclass" lists them, and "kubectl describe pvc -n {namespace}" says more.',
    fixedBy: 'operator',
  },
  {
    code: 'PVC_PENDING',
    signs: clusterSays(
      new RegExp(
        `${NODES}.*(?<problem>unbound immediate PersistentVolumeClaims|persistentvolumeclaim "(?<claim>[^"]+)" not found|find available persistent volumes to bind)`,
      ),
    ),
    cause:
      'The pod waits for a volume[ "{claim}"] that is not there ({problem}).',
    fix: 'Look at "kubectl describe pvc -n {namespace}" for what keeps the volume. A cluster without a default StorageClass makes none: name one in workspaces.kubernetes.storageClass.',
    fixedBy: 'operator',
  },
  {
    code: 'VOLUME_SIZE',
    signs: [{ facts: fact('volumeSize', 'smaller') }],
    cause: '{text}.',
    fix: 'Leave the size of the volume out, or let it have at least what it has. A smaller one takes a volume of another name, to which the data is copied.',
    fixedBy: 'user',
  },
  {
    code: 'VOLUME_SIZE',
    signs: [{ facts: fact('volumeSize', 'fixed') }],
    cause: '{text}.',
    fix: 'If what makes these volumes can let them grow, set allowVolumeExpansion of the StorageClass "{storageClass}" to true and retry. Else leave the size of the volume as it was.',
    fixedBy: 'operator',
  },
  {
    code: 'UNSCHEDULABLE_VOLUME',
    signs: clusterSays(
      new RegExp(
        `${NODES}.*(?:volume node affinity conflict|PersistentVolume's node affinity|exceed max volume count)`,
      ),
    ),
    cause:
      'No node can have the pod and its volume: the volume is bound to another node, or the node has too many.',
    fix: 'Let the node with the volume take pods again ("kubectl get pv" names it under its node affinity), or delete the dependency or the app together with its data.',
    fixedBy: 'operator',
  },
  {
    code: 'UNSCHEDULABLE_RESOURCES',
    signs: clusterSays(
      new RegExp(`${NODES}.*(?<what>Insufficient (?<resource>[\\w./-]*\\w))`),
      new RegExp(`${NODES}.*(?<what>Too many (?<resource>pods))`),
      /^ExceededNodeResources: /,
    ),
    cause: 'No node of the cluster has room[: {nodes} nodes fit, {what}].',
    fix: 'Scale down or stop what is not needed, or let an operator add a node: "kubectl describe nodes" shows what each has left. Where nodes are added on demand, workspaces.kubernetes.patience must be longer than that takes.',
    fixedBy: 'user',
  },
  {
    code: 'UNSCHEDULABLE_TAINT',
    signs: clusterSays(
      new RegExp(
        `${NODES}.*(?:untolerated taint(?: (?<taint>\\{[^}]+\\}))?|were unschedulable)`,
      ),
    ),
    cause:
      'No node takes the pod: those with room are closed or kept for others by a taint.',
    fix: 'Open a node ("kubectl uncordon <node>", or "kubectl taint node <node> <key>-"): "kubectl describe nodes" shows the taints.',
    fixedBy: 'operator',
  },
  {
    code: 'UNSCHEDULABLE_AFFINITY',
    signs: clusterSays(
      new RegExp(
        `${NODES}.*didn't match (?:Pod's node affinity/selector|pod (?:anti-)?affinity rules|pod topology spread constraints)`,
      ),
    ),
    cause: 'No node takes the pod: none is of the kind that the pod asks for.',
    fix: 'Give a node the labels that the pod asks for: "kubectl get pod -n {namespace} -o yaml" shows them. "kubernetes.io/arch" comes from the "build.platform" of the app; all others were added by a policy of the cluster.',
    fixedBy: 'operator',
  },
];

/** What a container needs of its namespace and does not find there. */
export const mountRules: readonly Rule[] = [
  {
    code: 'SECRET_MISSING',
    signs: clusterSays(
      /^(?:FailedMount: .*|CreateContainerConfigError: |Failed: Error: )secret "(?<secret>[^"]+)" not found/,
      /^FailedToRetrieveImagePullSecret: .*\((?<secret>[^)]+)\)/,
      /^(?:CreateContainerConfigError: |Failed: Error: )couldn't find key (?<key>\S+) in Secret (?<secret>\S+)/,
    ),
    cause:
      'The Secret "{secret}", which the container needs, is missing[ or has no "{key}"] in its namespace.',
    fix: 'Retry: every run makes its Secrets anew. If it is missing again, something in the cluster removes it: "kubectl get secret -n {namespace} --watch" shows when.',
    fixedBy: 'user',
  },
  {
    code: 'CONFIGMAP_MISSING',
    signs: clusterSays(
      /^(?:FailedMount: .*|CreateContainerConfigError: |Failed: Error: )configmap "(?<configMap>[^"]+)" not found/,
    ),
    cause:
      'The ConfigMap "{configMap}", which the container needs, is missing in its namespace.',
    fix: 'Retry: every run makes its ConfigMaps anew. If it is missing again, something in the cluster removes it: "kubectl get configmap -n {namespace} --watch" shows when.',
    fixedBy: 'user',
  },
  {
    code: 'VOLUME_MOUNT',
    signs: clusterSays(/^(?:FailedMount|FailedAttachVolume): (?<problem>.+)/),
    cause: 'A volume cannot be brought into the container: {problem}.',
    fix: 'Look at "kubectl describe pod -n {namespace}" and at what provides the volumes of the cluster, then retry.',
    fixedBy: 'operator',
  },
];
