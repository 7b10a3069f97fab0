import type { DiagnosisCase } from './DiagnosisCase';

/** Verbatim: what the checks of sources, git and downloads say. */
export const sourceCases: DiagnosisCase[] = [
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'check of the source',
        text: 'entry "../evil.txt" leads out of the archive',
        facts: { rule: 'path', entry: '../evil.txt' },
      },
    ],
    code: 'SOURCE_REJECTED',
    cause:
      'The source was refused: entry "../evil.txt" leads out of the archive.',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'check of the source',
        text: '"a.txt" changed while it was read',
        facts: { rule: 'changed' },
      },
    ],
    code: 'SOURCE_REJECTED',
    cause: 'The source was refused: "a.txt" changed while it was read.',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'check of the source',
        text: 'upload "s-1" is not there: it was removed after a day without use, or is not the owner\'s. Upload the source again',
        facts: { rule: 'upload' },
      },
    ],
    code: 'SOURCE_REJECTED',
    cause:
      'The source was refused: upload "s-1" is not there: it was removed after a day without use, or is not the owner\'s. Upload the source again.',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'Dockerfile',
        text: 'several Dockerfiles, and none was named; found are "api/Dockerfile", "web/Dockerfile"',
        facts: { dockerfiles: ['api/Dockerfile', 'web/Dockerfile'] },
      },
    ],
    code: 'DOCKERFILE_AMBIGUOUS',
    cause:
      'The source has several Dockerfiles, and none was named: found are "api/Dockerfile", "web/Dockerfile".',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'Dockerfile',
        text: 'there is no Dockerfile at the root of the build context; the build context holds no Dockerfile at all',
        facts: { dockerfiles: [] },
      },
    ],
    code: 'DOCKERFILE_MISSING',
    cause:
      'There is no Dockerfile at the root of the build context; the build context holds no Dockerfile at all.',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'Dockerfile',
        text: 'there is no Dockerfile at "deploy/Dockerfile"; found are "Dockerfile"',
        facts: { dockerfiles: ['Dockerfile'] },
      },
    ],
    code: 'DOCKERFILE_MISSING',
    cause:
      'There is no Dockerfile at "deploy/Dockerfile"; found are "Dockerfile".',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'Cannot locate specified Dockerfile: Dockerfile',
      },
    ],
    code: 'DOCKERFILE_MISSING',
    cause:
      'The build context has no file "Dockerfile", which was to be its Dockerfile.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: '[internal] load build definition from Dockerfile',
        text: 'failed to solve with frontend dockerfile.v0: failed to read dockerfile: open /var/lib/docker/tmp/buildkit-mount1234/Dockerfile: no such file or directory',
      },
    ],
    code: 'DOCKERFILE_MISSING',
    cause:
      'The build context has no file "Dockerfile", which was to be its Dockerfile.',
  },
  {
    stage: 'build',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'stat STATE/tmp/libpod_builder2742721373/build/Dockerfile: no such file or directory\n',
      },
    ],
    code: 'DOCKERFILE_MISSING',
    cause:
      'The build context has no file "Dockerfile", which was to be its Dockerfile.',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'git ls-remote',
        text: "fatal: Authentication failed for 'https://localhost:41999/auth/app.git/'",
        facts: {
          url: 'https://localhost:41999/auth/app.git',
          token: true,
          exitCode: 128,
        },
      },
    ],
    code: 'GIT_AUTH',
    cause:
      'The git server refuses the login for https://localhost:41999/auth/app.git/: the repository is private, and the token is missing or wrong.',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'git ls-remote',
        text: "fatal: could not read Username for 'https://localhost:41999': terminal prompts disabled",
        facts: {
          url: 'https://localhost:41999/auth/app.git',
          token: false,
          exitCode: 128,
        },
      },
    ],
    code: 'GIT_AUTH',
    cause:
      'The git server refuses the login for https://localhost:41999: the repository is private, and the token is missing or wrong.',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'git ls-remote',
        text: "remote: HTTP Basic: Access denied. If a password was provided for Git authentication, the password was incorrect or you're required to use a token instead of a password.",
        facts: { url: 'https://git.example/x/app.git', exitCode: 128 },
      },
    ],
    code: 'GIT_AUTH',
    cause:
      'The git server refuses the login for https://git.example/x/app.git: the repository is private, and the token is missing or wrong.',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'git ls-remote',
        text: "fatal: unable to access 'https://localhost:41999/forbid/app.git/': The requested URL returned error: 403",
        facts: { url: 'https://localhost:41999/forbid/app.git', exitCode: 128 },
      },
    ],
    code: 'GIT_AUTH',
    cause:
      'The git server refuses the login for https://localhost:41999/forbid/app.git/: the repository is private, and the token is missing or wrong.',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'git ls-remote',
        text: 'remote: Repository not found.',
        facts: { url: 'https://git.example/x/app.git', exitCode: 128 },
      },
    ],
    code: 'GIT_AUTH',
    cause:
      'The git server knows no repository https://git.example/x/app.git; servers answer so also for a private one that the token may not read.',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'git ls-remote',
        text: "fatal: repository 'https://localhost:41999/none.git/' not found",
        facts: { url: 'https://localhost:41999/none.git', exitCode: 128 },
      },
    ],
    code: 'GIT_AUTH',
    cause:
      'The git server knows no repository https://localhost:41999/none.git/; servers answer so also for a private one that the token may not read.',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'git fetch',
        text: "fatal: couldn't find remote ref nowhere",
        facts: {
          url: 'https://git.example/x/app.git',
          revision: 'nowhere',
          exitCode: 128,
        },
      },
    ],
    code: 'GIT_REF_MISSING',
    cause:
      'The repository https://git.example/x/app.git has no branch, tag or commit "nowhere".',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'git checkout',
        text: "error: pathspec 'v9' did not match any file(s) known to git",
        facts: { url: 'https://git.example/x/app.git', exitCode: 1 },
      },
    ],
    code: 'GIT_REF_MISSING',
    cause:
      'The repository https://git.example/x/app.git has no branch, tag or commit "v9".',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'git fetch',
        text: 'fatal: remote error: upload-pack: not our ref 0123456789012345678901234567890123456789',
        facts: { url: 'https://git.example/x/app.git', exitCode: 128 },
      },
    ],
    code: 'GIT_REF_MISSING',
    cause:
      'The repository https://git.example/x/app.git has no branch, tag or commit "0123456789012345678901234567890123456789".',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'git fetch',
        text: 'error: Server does not allow request for unadvertised object 0123456789012345678901234567890123456789',
        facts: { url: 'https://git.example/x/app.git', exitCode: 128 },
      },
    ],
    code: 'GIT_REF_MISSING',
    cause:
      'The repository https://git.example/x/app.git has no branch, tag or commit "0123456789012345678901234567890123456789".',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'git ls-remote',
        text: "fatal: unable to access 'https://localhost:41999/app.git/': server certificate verification failed. CAfile: /etc/ssl/certs/ca-certificates.crt CRLfile: none",
        facts: { url: 'https://localhost:41999/app.git', exitCode: 128 },
      },
    ],
    code: 'GIT_TLS',
    cause:
      'The certificate of the server of https://localhost:41999/app.git/ is not trusted by the portal (certificate verification failed).',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'git ls-remote',
        text: "fatal: unable to access 'https://git.example/app.git/': SSL certificate problem: unable to get local issuer certificate",
        facts: { url: 'https://git.example/app.git', exitCode: 128 },
      },
    ],
    code: 'GIT_TLS',
    cause:
      'The certificate of the server of https://git.example/app.git/ is not trusted by the portal (SSL certificate problem: unable to get local issuer certificate).',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'git ls-remote',
        text: 'SSL certificate problem: self-signed certificate in certificate chain',
        facts: { url: 'https://git.example/app.git', exitCode: 128 },
      },
    ],
    code: 'GIT_TLS',
    cause:
      'The certificate of the server of https://git.example/app.git is not trusted by the portal (SSL certificate problem: self-signed certificate in certificate chain).',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'https',
        text: 'self-signed certificate in certificate chain',
        facts: {
          host: 'files.example',
          errorCode: 'SELF_SIGNED_CERT_IN_CHAIN',
        },
      },
    ],
    code: 'GIT_TLS',
    cause:
      'The certificate of the server files.example is not trusted by the portal (self-signed certificate in certificate chain).',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'name service',
        text: 'Could not resolve host: files.invalid (getaddrinfo ENOTFOUND files.invalid)',
        facts: { host: 'files.invalid', transport: 'https' },
      },
    ],
    code: 'SOURCE_DOWNLOAD',
    cause:
      'The server files.invalid, from which the source is to be downloaded, cannot be reached: its name has no address.',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'name service',
        text: 'Could not resolve host: git.invalid (getaddrinfo ENOTFOUND git.invalid)',
        facts: { host: 'git.invalid' },
      },
    ],
    code: 'GIT_HOST_UNREACHABLE',
    cause:
      'The server git.invalid of the source cannot be reached from the portal.',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'git ls-remote',
        text: "fatal: unable to access 'https://git.invalid/app.git/': Could not resolve host: git.invalid",
        facts: { url: 'https://git.invalid/app.git', exitCode: 128 },
      },
    ],
    code: 'GIT_HOST_UNREACHABLE',
    cause:
      'The server git.invalid of the source cannot be reached from the portal.',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'git ls-remote',
        text: "fatal: unable to access 'https://localhost:9/app.git/': Failed to connect to localhost port 9 after 0 ms: Couldn't connect to server",
        facts: { url: 'https://localhost:9/app.git', exitCode: 128 },
      },
    ],
    code: 'GIT_HOST_UNREACHABLE',
    cause:
      'The server localhost (port 9) of the source cannot be reached from the portal.',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'git ls-remote',
        text: "fatal: unable to access 'https://git.example/app.git/': Empty reply from server",
        facts: { url: 'https://git.example/app.git', exitCode: 128 },
      },
    ],
    code: 'GIT_HOST_UNREACHABLE',
    cause: 'The server of the source cannot be reached from the portal.',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'https',
        text: 'https://files.example/app.zip answered 403 Forbidden',
        facts: { status: 403, host: 'files.example' },
      },
    ],
    code: 'SOURCE_DOWNLOAD',
    cause:
      'The download is refused: https://files.example/app.zip answered 403 Forbidden.',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'https',
        text: 'https://files.example/app.zip answered 404 Not Found',
        facts: { status: 404, host: 'files.example' },
      },
    ],
    code: 'SOURCE_DOWNLOAD',
    cause:
      'The source could not be downloaded from files.example: https://files.example/app.zip answered 404 Not Found.',
  },
  {
    stage: 'fetch',
    evidence: [
      {
        kind: 'error',
        source: 'https',
        text: 'connect ECONNREFUSED 127.0.0.1:9',
        facts: { host: 'files.example', errorCode: 'ECONNREFUSED' },
      },
    ],
    code: 'SOURCE_DOWNLOAD',
    cause:
      'The source could not be downloaded from files.example: connect ECONNREFUSED 127.0.0.1:9.',
  },
];
