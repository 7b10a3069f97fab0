import type { StageName } from '@slipway/backstage-plugin-workspaces-common';
import { fact, type Rule } from '../rule';
import { registryRules } from './registry';

const building: readonly StageName[] = ['build'];

const NAMESPACES_FIX =
  'Allow user namespaces to pods on the nodes: no "seccompDefault: true" of the kubelet for builds, and on Ubuntu "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0". Or name an image of kaniko, which needs none, in workspaces.kubernetes.builds.images.kaniko: with it a RUN of a Dockerfile can read the password with which images are pushed.';

/** What a build in a cluster fails by before the builder had its say. */
export const builderRules: readonly Rule[] = [
  {
    code: 'TEKTON_MISSING',
    signs: [{ kinds: ['error'], facts: fact('missing', 'tekton.dev/v1') }],
    cause: 'The cluster has no Tekton Pipelines, in which images are built.',
    fix: 'Install Tekton Pipelines 1.0 or newer: "kubectl apply --server-side -f https://storage.googleapis.com/tekton-releases/pipeline/latest/release.yaml". The page Doctor shows when it is ready; then retry.',
    fixedBy: 'operator',
  },
  {
    code: 'BUILDER_IMAGE_PULL',
    stages: building,
    signs: [
      {
        kinds: ['event', 'state'],
        wording: /^Failed: Failed to pull image "(?<image>[^"]+)"/,
      },
      {
        kinds: ['event', 'state'],
        wording:
          /^InspectFailed: Failed to apply default image tag "(?<image>[^"]+)"/,
      },
      {
        kinds: ['event', 'state'],
        wording: /^(?:PullImageFailed|TaskRunImagePullFailed): /,
      },
    ],
    cause:
      'The image[ "{image}"] of the builder cannot be brought to the node{because}.',
    fix: '[{remedy} ]The image of the builder is named in workspaces.kubernetes.builds.images; other images of a build are those of Tekton.',
    fixedBy: 'operator',
    because: registryRules,
  },
  {
    code: 'BUNDLE_PULL',
    stages: building,
    signs: [{ kinds: ['error'], facts: fact('fetches', 'bundle') }],
    cause:
      'The builder cannot fetch the bundle of the source, which the portal had brought to the registry{because}.',
    fix: 'Look at the evidence for what the registry said, then retry.',
    fixedBy: 'operator',
    because: registryRules,
  },
  {
    code: 'BUILDER_START',
    stages: building,
    signs: [
      /fork\/exec \/proc\/self\/exe: (?<problem>operation not permitted)/,
      /newuidmap.*: (?<problem>write to uid_map failed: Operation not permitted)/,
    ],
    cause:
      'BuildKit did not start ({problem}): the node does not let it make namespaces of its own.',
    fix: NAMESPACES_FIX,
    fixedBy: 'operator',
  },
  {
    code: 'BUILDER_START',
    stages: building,
    signs: [/unshare\(CLONE_NEWUSER\): (?<problem>Operation not permitted)/],
    cause:
      'The builder buildah did not start ({problem}): the node does not let it make namespaces of its own.',
    fix: NAMESPACES_FIX,
    fixedBy: 'operator',
  },
  {
    code: 'BUILD_TIMEOUT',
    stages: building,
    signs: [
      {
        facts: fact('reason', 'TaskRunTimeout'),
        wording: /failed to finish within "(?<limit>[^"]+)"/,
      },
      {
        facts: fact('reason', 'StepFailed'),
        wording: /exceeded the specified timeout limit/,
      },
    ],
    cause: 'The build was not done within its time[ of {limit}].',
    fix: 'Look at the log of the build for the step that took so long, and make it shorter; then retry.',
    fixedBy: 'user',
  },
  {
    code: 'BUILD_REMOVED',
    stages: building,
    signs: [
      {
        kinds: ['state'],
        wording: /^The TaskRun \S+ was removed while it ran/,
      },
    ],
    cause: 'Somebody removed the build from the cluster while it ran.',
    fix: 'Retry from the stage build.',
    fixedBy: 'user',
  },
  {
    code: 'BUILD_CHANGED',
    stages: building,
    signs: [
      {
        kinds: ['state'],
        wording:
          /^The TaskRun (?<name>\S+) is there already, and builds something else/,
      },
    ],
    cause:
      'The TaskRun "{name}" of this build is there already, and builds something else: the source or the portal has changed since it began.',
    fix: 'Start a new run.',
    fixedBy: 'user',
  },
  {
    code: 'BUILD_WITHOUT_IMAGE',
    stages: building,
    signs: [{ kinds: ['state'], wording: /no result IMAGE_DIGEST/ }],
    cause: 'The build has succeeded, but left no image.',
    fix: 'Use an image of the builder that has all that its documentation asks for (workspaces.kubernetes.builds.images); the log of the build shows what it did.',
    fixedBy: 'operator',
  },
];

/** Where nothing better is known of a builder that does not start. */
export const builderStartRules: readonly Rule[] = [
  {
    code: 'BUILDER_START',
    stages: building,
    signs: [
      {
        kinds: ['error'],
        wording: /^(?<name>BuildKit|buildah) did not start/,
      },
    ],
    cause: '{name} did not start.',
    fix: 'Its output in the evidence says why. Name an image that has all that the builder needs in workspaces.kubernetes.builds.images.',
    fixedBy: 'operator',
  },
];

/** Builds that a LimitRange of the namespace slows down. */
export const throttleRules: readonly Rule[] = [
  {
    code: 'LIMITRANGE_THROTTLE',
    stages: building,
    signs: [{ facts: fact('throttledBy', 'LimitRange') }],
    cause:
      'The LimitRange "{limitRange}" of the namespace "{namespace}" gives containers that name no limit {cpu} of a CPU, so that builds are many times slower.',
    fix: 'Delete it ("kubectl delete limitrange -n {namespace} {limitRange}") or let its default be 500m of a CPU or more, then retry.',
    fixedBy: 'operator',
  },
];
