import type { StageName } from '@slipway/backstage-plugin-workspaces-common';
import { fact, hasFact, type Rule } from '../rule';
import { forAnotherProcessor, ranOutOfMemory } from './engine';
import { registryRules } from './registry';

const building: readonly StageName[] = ['build'];

/** What the builder explains by itself, in words clearer than those of the engine. */
export const explainedBuildRules: readonly Rule[] = [
  {
    code: 'DOCKERFILE_SYNTAX',
    stages: building,
    signs: [
      /^Line (?<line>\d+) \((?<instruction>.+)\) is a here-document\. .+: (?<advice>begin the file with .+)\.$/,
    ],
    cause:
      'Line {line} of the Dockerfile ({instruction}) is a here-document, which this engine cannot read.',
    fix: 'Change the Dockerfile: {advice}.',
    fixedBy: 'user',
  },
  {
    code: 'BUILDER_UNABLE',
    stages: building,
    signs: [{ kinds: ['error'], facts: hasFact('cannot') }],
    cause:
      'The builder of this cluster, {builder}, cannot {cannot}: "{instruction}" (line {line} of the Dockerfile).',
    fix: 'Write the instruction in another way, or let an operator configure a builder that can: workspaces.kubernetes.builds.',
    fixedBy: 'user',
  },
  {
    code: 'BUILD_SECRET_MISSING',
    stages: building,
    signs: [
      {
        kinds: ['error'],
        wording:
          /^(?:failed to solve: )?secret (?<secret>\S+?)(?: not found)?: not found$/,
      },
      {
        kinds: ['error'],
        wording: /secret required but no secret with id (?<secret>\S+) found$/,
      },
    ],
    cause:
      'An instruction of the Dockerfile[ (line {line}: {instruction})] requires the secret "{secret}", which the build was not given.',
    fix: 'Store the value as a secret (POST /secrets), and name it in the "build.secrets" of the app, with the name "{secret}".',
    fixedBy: 'user',
  },
];

/** A base image that cannot be had. The row of the registry says why. */
export const baseImageRules: readonly Rule[] = [
  {
    code: 'IMAGE_NAME_INVALID',
    stages: building,
    signs: [
      /failed to parse stage name "(?<image>[^"]+)": invalid reference format(?:: (?<problem>.+))?/,
    ],
    cause:
      'The base image "{image}" of the Dockerfile[ (line {line})] is not the name of an image[: {problem}].',
    fix: 'Write it as name:tag or registry/name:tag, in lower case.',
    fixedBy: 'user',
  },
  {
    code: 'BASE_IMAGE_PULL',
    stages: building,
    signs: [
      { kinds: ['error'], facts: hasFact('image') },
      /failed to resolve source metadata for (?<image>\S+?): /,
      {
        kinds: ['error'],
        wording: /initializing source docker:\/\/(?<image>\S+?): /,
      },
      /failed to resolve reference "(?<image>[^"]+)"/,
      /error building image: .*GET https?:\/\/(?<registry>[^/]+)\/v2\/(?<repository>\S+)\/manifests\//,
      /failed to fetch anonymous token: Get "https?:\/\/[^"]+scope=repository%3A(?<repository>[^%]+(?:%2F[^%]+)*)%3Apull&/,
      { kinds: ['error'], wording: /^(?:Get|Head) "https?:\/\/[^"]+\/v2\// },
      { kinds: ['error'], wording: /^manifest for (?<image>\S+) not found/ },
    ],
    cause:
      'The base image[ "{image}"] of the Dockerfile[ (line {line})] could not be pulled{because}.',
    fix: 'Look at the evidence for what the registry said. An operator can map the image to where it can be had, in the configuration: workspaces.images.',
    fixedBy: 'operator',
    because: registryRules,
  },
];

/** Why a command of a build failed. */
const stepReasons: readonly Rule[] = [
  {
    code: 'BUILD_TLS',
    signs: [
      /SELF_SIGNED_CERT_IN_CHAIN/,
      /UNABLE_TO_GET_ISSUER_CERT_LOCALLY|unable to get local issuer certificate/,
      /CERTIFICATE_VERIFY_FAILED/,
      /x509: certificate signed by unknown authority/,
      /SSL certificate problem: [^\n]+/,
      /server certificate verification failed/,
    ],
    cause:
      'The command does not trust the certificate of a server that it asked, as behind a proxy that re-signs TLS.',
    fix: 'Let an operator name a bundle with the CA of that proxy, in the configuration: workspaces.builds.caBundle. It is for builds on this machine; for those on Kubernetes put the CA into the base image.',
    fixedBy: 'operator',
  },
  {
    code: 'BUILD_NETWORK',
    signs: [
      /getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (?<host>\S+)/,
      /Could not resolve host: (?<host>\S+)/,
      /Temporary failure resolving '(?<host>[^']+)'/,
      /lookup (?<host>\S+) on \S+: (?:no such host|server misbehaving)/,
    ],
    cause: 'The command could not resolve the name "{host}".',
    fix: 'Correct the name, or let the machine of the container engine resolve it. The databases of the workspace cannot be reached during a build: what needs them belongs into the migration.',
    fixedBy: 'user',
  },
  {
    code: 'ARCH_MISMATCH',
    signs: forAnotherProcessor,
    cause:
      'The program[ "{command}"] of that step is made for another processor than that of the machine that builds.',
    fix: 'Begin the stage from an image for that machine (FROM --platform=$BUILDPLATFORM) whose tools build for the other one, or leave "build.platform" out; or let an operator install an emulator (QEMU, by binfmt_misc) on the machines that build.',
    fixedBy: 'user',
  },
  {
    code: 'COMMAND_NOT_FOUND',
    signs: [
      /(?:^|\n)(?:\/bin\/)?(?:ba|da)?sh: (?:line )?\d+: (?<command>\S+): (?:command )?not found/,
      /(?:^|\n)(?:\/bin\/)?(?:ba)?sh: (?<command>\S+): (?:command )?not found/,
      /exec: "(?<command>[^"]+)": executable file not found in \$PATH/,
    ],
    cause: 'The command "{command}" is not in the image of that step.',
    fix: 'Install it in an earlier instruction, or begin the stage of the Dockerfile from an image that has it.',
    fixedBy: 'user',
  },
];

const STEP_FIX =
  'Mend the instruction or what it runs[: {output}]. Then start a run with the mended source.';

/** A step that the lack of memory ended, whatever it says besides. */
export const buildMemoryRules: readonly Rule[] = [
  {
    code: 'OOM_BUILD',
    stages: building,
    signs: [
      { facts: ranOutOfMemory },
      { facts: fact('exitCode', 137) },
      /exit code: 137|exit status 137|non-zero code: 137/,
      /JavaScript heap out of memory/,
      /signal: killed/,
    ],
    cause:
      'The step[ "{instruction}"][ (line {line} of the Dockerfile)] of the build was killed, most likely because the memory ran out.',
    fix: "Let the step use less memory (for example fewer parallel jobs, or NODE_OPTIONS=--max-old-space-size), or give the engine's machine more.",
    fixedBy: 'user',
  },
];

/** Steps of a build that fail. */
export const buildRules: readonly Rule[] = [
  {
    code: 'DOCKERFILE_SYNTAX',
    stages: building,
    signs: [
      /dockerfile parse error (?:on )?line (?<line>\d+): (?<problem>[^\n]+)/i,
      /building at STEP "(?<instruction>[^"\n]*)": Build error: (?<problem>Unknown instruction: "\w+")/,
      /(?<problem>no FROM statement found)/,
      /(?<problem>file with no instructions)/,
      /(?<problem>no build stage in current context)/,
    ],
    cause: 'The Dockerfile cannot be read[ (line {line})][: {problem}].',
    fix: 'Correct the Dockerfile[ in line {line}], and start a run with it.',
    fixedBy: 'user',
  },
  {
    code: 'BUILD_STEP_FAILED',
    stages: building,
    signs: [
      /failed to calculate checksum of ref [^"]*"(?<path>[^"]+)": not found/,
      /failed to compute cache key: .*"(?<path>[^"]+)" not found/,
      /failed to walk \S*?\/?(?<path>[^/\s]+): lstat .*no such file or directory/,
      /COPY failed: file not found in build context or excluded by \.dockerignore: stat (?<path>\S+): file does not exist/,
      /building at STEP "(?<instruction>[^"\n]+)": checking on sources under .* copier: stat: "(?<path>[^"]+)": no such file or directory/,
      /failed to get fileinfo for \S*?\/(?:source|context)\/(?<path>\S+): lstat/,
    ],
    cause:
      'The build context has no "{path}", or .dockerignore excludes it[; it is needed by "{instruction}"][ (line {line} of the Dockerfile)].',
    fix: 'Correct the path (it is relative to "source.path" of the app), add the file to the source, or take it out of .dockerignore.',
    fixedBy: 'user',
  },
  {
    code: 'BUILD_STEP_FAILED',
    stages: building,
    signs: [
      {
        facts: facts =>
          facts.instruction !== undefined && facts.exitCode !== undefined
            ? {}
            : undefined,
      },
      /process "(?<command>.+)" did not complete successfully: exit code: (?<exitCode>\d+)/,
      /executor failed running \[(?<command>.+)\]: exit code: (?<exitCode>\d+)/,
      /The command '(?<command>.+)' returned a non-zero code: (?<exitCode>\d+)/,
      /building at STEP "(?<instruction>.+)": (?:while running runtime: )?exit status (?<exitCode>\d+)/,
      /failed to execute command: waiting for process to exit: exit status (?<exitCode>\d+)/,
    ],
    cause:
      'The step[ "{instruction}"][ (line {line} of the Dockerfile)] of the build failed with exit code {exitCode}{because}.',
    fix: STEP_FIX,
    fixedBy: 'user',
    because: stepReasons,
  },
  {
    code: 'BUILD_STEP_FAILED',
    stages: building,
    signs: [{ kinds: ['error'], facts: hasFact('instruction') }],
    cause:
      'The instruction "{instruction}"[ (line {line} of the Dockerfile)] failed: {text}.',
    fix: STEP_FIX,
    fixedBy: 'user',
  },
];
