import type { DiagnosisCase } from './DiagnosisCase';

/** Verbatim: what builders say: Docker 20 and 28, BuildKit, Podman, buildah and kaniko. */
export const buildCases: DiagnosisCase[] = [
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'builder',
        text: 'Line 2 (RUN <<EOF) is a here-document. This engine\'s own Dockerfile reader does not know them: begin the file with "# syntax=docker/dockerfile:1", or write the command without one.',
        facts: { line: 2 },
      },
    ],
    code: 'DOCKERFILE_SYNTAX',
    cause:
      'Line 2 of the Dockerfile (RUN <<EOF) is a here-document, which this engine cannot read.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[2/2] RUN --mount=type=secret,id=npm,required=true npm ci',
        text: 'secret npm not found: not found',
        facts: {
          instruction: 'RUN --mount=type=secret,id=npm,required=true npm ci',
          line: 4,
        },
      },
    ],
    code: 'BUILD_SECRET_MISSING',
    cause:
      'An instruction of the Dockerfile (line 4: RUN --mount=type=secret,id=npm,required=true npm ci) requires the secret "npm", which the build was not given.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'builder',
        text: 'failed to solve: secret npm: not found',
      },
    ],
    code: 'BUILD_SECRET_MISSING',
    cause:
      'An instruction of the Dockerfile requires the secret "npm", which the build was not given.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'builder',
        text: 'building at STEP "RUN --mount=type=secret,id=npm,required=true npm ci": resolving mountpoints for container "0663b42018bf7792bfa9f1c5e9412cc8e5178c3a80f76ff90df6f01c11022374": secret required but no secret with id npm found',
        facts: { line: 2 },
      },
    ],
    code: 'BUILD_SECRET_MISSING',
    cause:
      'An instruction of the Dockerfile requires the secret "npm", which the build was not given.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[2/2] RUN true',
        text: 'executor failed running [/bin/sh -c true]: exit code: 1',
        facts: { instruction: 'RUN true', line: 3, exitCode: 1 },
      },
      {
        kind: 'log',
        source: '[2/2] RUN true',
        text: 'exec /bin/sh: exec format error',
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The step "RUN true" (line 3 of the Dockerfile) of the build failed with exit code 1 because (ARCH_MISMATCH) the program "/bin/sh" of that step is made for another processor than that of the machine that builds.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'failed to solve with frontend dockerfile.v0: failed to create LLB definition: dockerfile parse error line 3: unknown instruction: RUNN',
        facts: { line: 3, instruction: 'RUNN true' },
      },
    ],
    code: 'DOCKERFILE_SYNTAX',
    cause: 'The Dockerfile cannot be read (line 3): unknown instruction: RUNN.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'dockerfile parse error line 1: unknown instruction: FRM',
      },
    ],
    code: 'DOCKERFILE_SYNTAX',
    cause: 'The Dockerfile cannot be read (line 1): unknown instruction: FRM.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'dockerfile parse error on line 1: unknown instruction: FRM (did you mean FROM?)',
      },
    ],
    code: 'DOCKERFILE_SYNTAX',
    cause:
      'The Dockerfile cannot be read (line 1): unknown instruction: FRM (did you mean FROM?).',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'buildctl',
        text: 'error: failed to solve: dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)',
      },
    ],
    code: 'DOCKERFILE_SYNTAX',
    cause:
      'The Dockerfile cannot be read (line 2): unknown instruction: RUNN (did you mean RUN?).',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'kaniko',
        text: 'error building image: parsing dockerfile: dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)',
      },
    ],
    code: 'DOCKERFILE_SYNTAX',
    cause:
      'The Dockerfile cannot be read (line 2): unknown instruction: RUNN (did you mean RUN?).',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'building at STEP "ECHO ": Build error: Unknown instruction: "ECHO" &imagebuilder.Step{Env:[]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, Command:"echo", Args:[]string{""}, Flags:[]string{}, Attrs:map[string]bool(nil), Message:"ECHO ", Original:"echo hd-one"}\n',
      },
    ],
    code: 'DOCKERFILE_SYNTAX',
    cause: 'The Dockerfile cannot be read: Unknown instruction: "ECHO".',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'no FROM statement found\n',
      },
    ],
    code: 'DOCKERFILE_SYNTAX',
    cause: 'The Dockerfile cannot be read: no FROM statement found.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'file with no instructions',
      },
    ],
    code: 'DOCKERFILE_SYNTAX',
    cause: 'The Dockerfile cannot be read: file with no instructions.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'no build stage in current context',
        facts: { line: 1, instruction: 'RUN true' },
      },
    ],
    code: 'DOCKERFILE_SYNTAX',
    cause:
      'The Dockerfile cannot be read (line 1): no build stage in current context.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[1/1] COPY package.json /package.json',
        text: 'failed to calculate checksum of ref d6ci5uoyzeefc6g51aiav8ee4::b6i28gy7hi2qe7ij9hb26j8np: "/package.json": not found',
        facts: { instruction: 'COPY package.json /package.json', line: 2 },
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The build context has no "/package.json", or .dockerignore excludes it; it is needed by "COPY package.json /package.json" (line 2 of the Dockerfile).',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[3/3] COPY nope.json /x',
        text: 'failed to compute cache key: "/nope.json" not found: not found',
        facts: { instruction: 'COPY nope.json /x', line: 3 },
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The build context has no "/nope.json", or .dockerignore excludes it; it is needed by "COPY nope.json /x" (line 3 of the Dockerfile).',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[3/3] COPY nope.json /x',
        text: 'failed to walk /var/lib/docker/tmp/buildkit-mount1/nope.json: lstat /var/lib/docker/tmp/buildkit-mount1/nope.json: no such file or directory',
        facts: { instruction: 'COPY nope.json /x', line: 3 },
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The build context has no "nope.json", or .dockerignore excludes it; it is needed by "COPY nope.json /x" (line 3 of the Dockerfile).',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'COPY failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist',
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause: 'The build context has no "nope", or .dockerignore excludes it.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'building at STEP "COPY nope /x": checking on sources under "STATE/tmp/libpod_builder3514486585/build": copier: stat: "/nope": no such file or directory\n',
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The build context has no "/nope", or .dockerignore excludes it; it is needed by "COPY nope /x".',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'kaniko',
        text: 'error building image: error building stage: failed to get files used from context: failed to get fileinfo for /workspace/source/package.json: lstat /workspace/source/package.json: no such file or directory',
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The build context has no "package.json", or .dockerignore excludes it.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[2/2] RUN npm run build',
        text: 'process "/bin/sh -c npm run build" did not complete successfully: exit code: 137',
        facts: { instruction: 'RUN npm run build', line: 7, exitCode: 137 },
      },
    ],
    code: 'OOM_BUILD',
    cause:
      'The step "RUN npm run build" (line 7 of the Dockerfile) of the build was killed, most likely because the memory ran out.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: "The command '/bin/sh -c npm run build' returned a non-zero code: 137",
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
        kind: 'log',
        source: '[2/2] RUN npm run build',
        text: 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
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
        kind: 'log',
        source: '[2/2] RUN go build ./...',
        text: 'go build example.org/app: /usr/local/go/pkg/tool/linux_amd64/link: signal: killed',
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
        kind: 'error',
        source: '[3/3] RUN echo before >&2   && exit 7',
        text: 'executor failed running [/bin/sh -c echo before >&2   && exit 7]: exit code: 7',
        facts: {
          instruction: 'RUN echo before >&2 && exit 7',
          line: 4,
          exitCode: 7,
        },
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The step "RUN echo before >&2 && exit 7" (line 4 of the Dockerfile) of the build failed with exit code 7.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'buildctl',
        text: 'process "/bin/sh -c echo \\"npm ERR! missing script: build\\" >&2; exit 3" did not complete successfully: exit code: 3',
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause: 'The step of the build failed with exit code 3.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'buildctl',
        text: 'executor failed running [/bin/sh -c false]: exit code: 1',
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause: 'The step of the build failed with exit code 1.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: "The command '/bin/sh -c echo to-out; echo to-err >&2; exit 7' returned a non-zero code: 7",
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause: 'The step of the build failed with exit code 7.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'building at STEP "RUN echo to-out; echo to-err >&2; exit 7": while running runtime: exit status 7\n',
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The step "RUN echo to-out; echo to-err >&2; exit 7" of the build failed with exit code 7.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'buildah',
        text: 'Error: building at STEP "RUN echo "npm ERR! missing script: build" >&2; exit 3": exit status 3',
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The step "RUN echo "npm ERR! missing script: build" >&2; exit 3" of the build failed with exit code 3.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'kaniko',
        text: 'error building image: error building stage: failed to execute command: waiting for process to exit: exit status 3',
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause: 'The step of the build failed with exit code 3.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[2/2] ADD https://files.invalid/x /x',
        text: 'failed to load cache key: Get "https://files.invalid/x": dial tcp 10.0.0.1:443: connect: connection refused',
        facts: { instruction: 'ADD https://files.invalid/x /x', line: 2 },
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The instruction "ADD https://files.invalid/x /x" (line 2 of the Dockerfile) failed: failed to load cache key: Get "https://files.invalid/x": dial tcp 10.0.0.1:443: connect: connection refused.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[2/2] RUN npm ci',
        text: 'process "/bin/sh -c npm ci" did not complete successfully: exit code: 1',
        facts: { instruction: 'RUN npm ci', line: 3, exitCode: 1 },
      },
      {
        kind: 'log',
        source: '[2/2] RUN npm ci',
        text: 'npm ERR! code SELF_SIGNED_CERT_IN_CHAIN\nnpm ERR! errno SELF_SIGNED_CERT_IN_CHAIN',
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The step "RUN npm ci" (line 3 of the Dockerfile) of the build failed with exit code 1 because (BUILD_TLS) the command does not trust the certificate of a server that it asked, as behind a proxy that re-signs TLS.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[2/2] RUN npm ci',
        text: 'process "/bin/sh -c npm ci" did not complete successfully: exit code: 1',
        facts: { instruction: 'RUN npm ci', line: 3, exitCode: 1 },
      },
      {
        kind: 'log',
        source: '[2/2] RUN npm ci',
        text: 'npm ERR! request to https://packages.example failed, reason: unable to get local issuer certificate',
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The step "RUN npm ci" (line 3 of the Dockerfile) of the build failed with exit code 1 because (BUILD_TLS) the command does not trust the certificate of a server that it asked, as behind a proxy that re-signs TLS.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[2/2] RUN pip install x',
        text: 'process "/bin/sh -c pip install x" did not complete successfully: exit code: 1',
        facts: { instruction: 'RUN pip install x', line: 3, exitCode: 1 },
      },
      {
        kind: 'log',
        source: '[2/2] RUN pip install x',
        text: 'ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate in certificate chain (_ssl.c:992)',
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The step "RUN pip install x" (line 3 of the Dockerfile) of the build failed with exit code 1 because (BUILD_TLS) the command does not trust the certificate of a server that it asked, as behind a proxy that re-signs TLS.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[2/2] RUN go mod download',
        text: 'process "/bin/sh -c go mod download" did not complete successfully: exit code: 1',
        facts: { instruction: 'RUN go mod download', line: 3, exitCode: 1 },
      },
      {
        kind: 'log',
        source: '[2/2] RUN go mod download',
        text: 'go: example.org/x@v1.0.0: Get "https://modules.example/x": tls: failed to verify certificate: x509: certificate signed by unknown authority',
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The step "RUN go mod download" (line 3 of the Dockerfile) of the build failed with exit code 1 because (BUILD_TLS) the command does not trust the certificate of a server that it asked, as behind a proxy that re-signs TLS.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[2/2] RUN curl x',
        text: 'process "/bin/sh -c curl x" did not complete successfully: exit code: 60',
        facts: { instruction: 'RUN curl x', line: 3, exitCode: 60 },
      },
      {
        kind: 'log',
        source: '[2/2] RUN curl x',
        text: 'curl: (60) SSL certificate problem: self-signed certificate in certificate chain',
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The step "RUN curl x" (line 3 of the Dockerfile) of the build failed with exit code 60 because (BUILD_TLS) the command does not trust the certificate of a server that it asked, as behind a proxy that re-signs TLS.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[2/2] RUN git clone x',
        text: 'process "/bin/sh -c git clone x" did not complete successfully: exit code: 128',
        facts: { instruction: 'RUN git clone x', line: 3, exitCode: 128 },
      },
      {
        kind: 'log',
        source: '[2/2] RUN git clone x',
        text: "fatal: unable to access 'https://git.example/x.git/': server certificate verification failed. CAfile: none CRLfile: none",
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The step "RUN git clone x" (line 3 of the Dockerfile) of the build failed with exit code 128 because (BUILD_TLS) the command does not trust the certificate of a server that it asked, as behind a proxy that re-signs TLS.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[2/2] RUN npm ci',
        text: 'process "/bin/sh -c npm ci" did not complete successfully: exit code: 1',
        facts: { instruction: 'RUN npm ci', line: 3, exitCode: 1 },
      },
      {
        kind: 'log',
        source: '[2/2] RUN npm ci',
        text: 'npm ERR! request to https://packages.invalid/x failed, reason: getaddrinfo EAI_AGAIN packages.invalid',
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The step "RUN npm ci" (line 3 of the Dockerfile) of the build failed with exit code 1 because (BUILD_NETWORK) the command could not resolve the name "packages.invalid".',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[2/2] RUN curl x',
        text: 'process "/bin/sh -c curl x" did not complete successfully: exit code: 6',
        facts: { instruction: 'RUN curl x', line: 3, exitCode: 6 },
      },
      {
        kind: 'log',
        source: '[2/2] RUN curl x',
        text: 'curl: (6) Could not resolve host: packages.invalid',
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The step "RUN curl x" (line 3 of the Dockerfile) of the build failed with exit code 6 because (BUILD_NETWORK) the command could not resolve the name "packages.invalid".',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[2/2] RUN apt-get update',
        text: 'process "/bin/sh -c apt-get update" did not complete successfully: exit code: 100',
        facts: { instruction: 'RUN apt-get update', line: 3, exitCode: 100 },
      },
      {
        kind: 'log',
        source: '[2/2] RUN apt-get update',
        text: "W: Failed to fetch http://deb.invalid/debian/dists/bookworm/InRelease  Temporary failure resolving 'deb.invalid'",
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The step "RUN apt-get update" (line 3 of the Dockerfile) of the build failed with exit code 100 because (BUILD_NETWORK) the command could not resolve the name "deb.invalid".',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[2/2] RUN go mod download',
        text: 'process "/bin/sh -c go mod download" did not complete successfully: exit code: 1',
        facts: { instruction: 'RUN go mod download', line: 3, exitCode: 1 },
      },
      {
        kind: 'log',
        source: '[2/2] RUN go mod download',
        text: 'go: example.org/x@v1.0.0: dial tcp: lookup modules.invalid on 127.0.0.11:53: no such host',
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The step "RUN go mod download" (line 3 of the Dockerfile) of the build failed with exit code 1 because (BUILD_NETWORK) the command could not resolve the name "modules.invalid".',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[2/2] RUN nope',
        text: 'process "/bin/sh -c nope" did not complete successfully: exit code: 127',
        facts: { instruction: 'RUN nope', line: 3, exitCode: 127 },
      },
      {
        kind: 'log',
        source: '[2/2] RUN nope',
        text: '/bin/sh: 1: nope: not found',
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The step "RUN nope" (line 3 of the Dockerfile) of the build failed with exit code 127 because (COMMAND_NOT_FOUND) the command "nope" is not in the image of that step.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[2/2] RUN nope',
        text: 'process "/bin/sh -c nope" did not complete successfully: exit code: 127',
        facts: { instruction: 'RUN nope', line: 3, exitCode: 127 },
      },
      {
        kind: 'log',
        source: '[2/2] RUN nope',
        text: '/bin/sh: nope: not found',
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The step "RUN nope" (line 3 of the Dockerfile) of the build failed with exit code 127 because (COMMAND_NOT_FOUND) the command "nope" is not in the image of that step.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[2/2] RUN ["nope"]',
        text: 'process "nope" did not complete successfully: exit code: 127',
        facts: { instruction: 'RUN ["nope"]', line: 3, exitCode: 127 },
      },
      {
        kind: 'log',
        source: '[2/2] RUN ["nope"]',
        text: 'runc run failed: unable to start container process: exec: "nope": executable file not found in $PATH',
      },
    ],
    code: 'BUILD_STEP_FAILED',
    cause:
      'The step "RUN ["nope"]" (line 3 of the Dockerfile) of the build failed with exit code 127 because (COMMAND_NOT_FOUND) the command "nope" is not in the image of that step.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid on 10.255.255.53:53: no such host',
        facts: {
          image: 'registry.invalid/nope:1',
          registry: 'registry.invalid',
        },
      },
    ],
    code: 'BASE_IMAGE_PULL',
    cause:
      'The base image "registry.invalid/nope:1" of the Dockerfile could not be pulled because (REGISTRY_DNS) the name "registry.invalid" of the registry cannot be resolved by the container engine.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'buildctl',
        text: 'error: failed to solve: 10.99.0.1:5000/base/does-not-exist:1: failed to resolve source metadata for 10.99.0.1:5000/base/does-not-exist:1: 10.99.0.1:5000/base/does-not-exist:1: not found',
      },
    ],
    code: 'BASE_IMAGE_PULL',
    cause:
      'The base image "10.99.0.1:5000/base/does-not-exist:1" of the Dockerfile could not be pulled because (MANIFEST_UNKNOWN) the registry has no such image: 10.99.0.1:5000/base/does-not-exist:1.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'creating build container: initializing source docker://registry.invalid/nope:1: pinging container registry registry.invalid: Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid on 10.255.255.53:53: no such host\n',
      },
    ],
    code: 'BASE_IMAGE_PULL',
    cause:
      'The base image "registry.invalid/nope:1" of the Dockerfile could not be pulled because (REGISTRY_DNS) the name "registry.invalid" of the registry cannot be resolved by the container engine.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'failed to resolve reference "registry.invalid/nope:1": failed to do request: Head "https://registry.invalid/v2/nope/manifests/1": dial tcp: lookup registry.invalid on 10.255.255.53:53: no such host',
      },
    ],
    code: 'BASE_IMAGE_PULL',
    cause:
      'The base image "registry.invalid/nope:1" of the Dockerfile could not be pulled because (REGISTRY_DNS) the name "registry.invalid" of the registry cannot be resolved by the container engine.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'kaniko',
        text: 'error building image: unable to complete operation after 0 attempts, last error: GET https://10.99.0.1:5000/v2/base/does-not-exist/manifests/1: MANIFEST_UNKNOWN: manifest unknown; map[Tag:1]',
      },
    ],
    code: 'BASE_IMAGE_PULL',
    cause:
      'The base image of the Dockerfile could not be pulled because (MANIFEST_UNKNOWN) the registry has no such image.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'buildctl',
        text: 'error: failed to solve: failed to fetch anonymous token: Get "https://10.219.0.1:15009/token?scope=repository%3Alib%2Fapp%3Apull&service=r": dial tcp 10.219.0.1:15009: connect: connection refused',
      },
    ],
    code: 'BASE_IMAGE_PULL',
    cause:
      'The base image of the Dockerfile could not be pulled because (REGISTRY_REALM_UNREACHABLE) the token service 10.219.0.1:15009 of the registry cannot be reached by the container engine, although the registry itself can.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid on 10.255.255.53:53: no such host',
      },
    ],
    code: 'BASE_IMAGE_PULL',
    cause:
      'The base image of the Dockerfile could not be pulled because (REGISTRY_DNS) the name "registry.invalid" of the registry cannot be resolved by the container engine.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'manifest for 10.219.0.1:15005/lib/app:nope not found: manifest unknown: manifest unknown',
      },
    ],
    code: 'BASE_IMAGE_PULL',
    cause:
      'The base image "10.219.0.1:15005/lib/app:nope" of the Dockerfile could not be pulled because (MANIFEST_UNKNOWN) the registry has no such image: 10.219.0.1:15005/lib/app:nope.',
  },
];
