import type { DiagnosisCase } from './DiagnosisCase';

/** Verbatim: wordings of registries that the recorded ones do not have. */
export const registryCases: DiagnosisCase[] = [
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'event',
        source: 'web-r1-0',
        text: 'RegistryUnavailable: image pull failed for registry.example/web:1 because the registry is unavailable',
        facts: { askedBy: 'node', registry: 'registry.example' },
      },
    ],
    code: 'REGISTRY_UNREACHABLE',
    cause:
      'The registry registry.example cannot be reached by the node (registry is unavailable).',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'event',
        source: 'web-r1-0',
        text: 'Failed: Failed to pull image "registry.example/web:1": failed to pull and unpack image "registry.example/web:1": failed to copy: read tcp 10.0.0.2:41122->10.0.0.3:443: read: connection timed out',
        facts: { askedBy: 'node', registry: 'registry.example' },
      },
    ],
    code: 'REGISTRY_UNREACHABLE',
    cause:
      'The registry registry.example cannot be reached by the node (connection timed out).',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'event',
        source: 'web-r1-0',
        text: 'Failed: Failed to pull image "registry.example/web:1": failed to pull and unpack image "registry.example/web:1": failed commit on ref "layer-sha256:1111111111111111111111111111111111111111111111111111111111111111": unexpected commit digest sha256:2222222222222222222222222222222222222222222222222222222222222222, expected sha256:1111111111111111111111111111111111111111111111111111111111111111: failed precondition',
        facts: { askedBy: 'node', registry: 'registry.example' },
      },
    ],
    code: 'IMAGE_DAMAGED',
    cause:
      'What the registry registry.example gave the node is not what was asked for: sha256:2222222222222222222222222222222222222222222222222222222222222222 in place of sha256:1111111111111111111111111111111111111111111111111111111111111111. It is damaged there, or was changed on the way.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'event',
        source: 'web-r1-0',
        text: 'Failed: Failed to pull image "registry.example/web:1": failed to pull and unpack image "registry.example/web:1": failed commit on ref "layer-sha256:1111111111111111111111111111111111111111111111111111111111111111": unexpected commit size 12, expected 34: failed precondition',
        facts: { askedBy: 'node', registry: 'registry.example' },
      },
    ],
    code: 'IMAGE_DAMAGED',
    cause:
      'What the registry registry.example gave the node is not what was asked for: 12 in place of 34. It is damaged there, or was changed on the way.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'error',
        source: 'web-r1-0',
        text: 'digest mismatch: wanted sha256:1111111111111111111111111111111111111111111111111111111111111111, got sha256:2222222222222222222222222222222222222222222222222222222222222222',
        facts: { askedBy: 'portal', registry: 'registry.example' },
      },
    ],
    code: 'IMAGE_DAMAGED',
    cause:
      'What the registry registry.example gave the portal is not what was asked for: sha256:2222222222222222222222222222222222222222222222222222222222222222 in place of sha256:1111111111111111111111111111111111111111111111111111111111111111. It is damaged there, or was changed on the way.',
  },
  {
    stage: 'deploy',
    evidence: [
      {
        kind: 'event',
        source: 'web-r1-0',
        text: 'SignatureValidationFailed: image pull failed for registry.example/web:1 because the signature validation failed: Source image rejected: A signature was required, but no signature exists',
        facts: { askedBy: 'node', registry: 'registry.example' },
      },
    ],
    code: 'IMAGE_SIGNATURE',
    cause:
      'The node takes no image whose signature it cannot validate, and registry.example/web:1 has none that it knows: Source image rejected: A signature was required, but no signature exists.',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'Get "https://registry.example/v2/": tls: failed to verify certificate: x509: certificate is valid for a.example, b.example, not registry.example',
        facts: {
          image: 'registry.example/postgres:15',
          registry: 'registry.example',
        },
      },
    ],
    code: 'X509_SAN_MISMATCH',
    cause:
      'The certificate of the registry registry.example is not for the name "registry.example" by which the container engine asked for it, but for a.example, b.example.',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'remote error: x509: certificate is valid for a.example, not registry.example',
      },
    ],
    code: 'X509_SAN_MISMATCH',
    cause:
      'The certificate of the registry is not for the name "registry.example" by which the container engine asked for it, but for a.example.',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: "pinging: x509: cannot validate certificate for 10.219.0.1 because it doesn't contain any IP SANs",
      },
    ],
    code: 'X509_SAN_MISMATCH',
    cause:
      'The certificate of the registry is not for the name "10.219.0.1" by which the container engine asked for it.',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'x509: certificate has expired or is not yet valid',
      },
    ],
    code: 'X509_EXPIRED',
    cause: 'The certificate of the registry is not valid now.',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'x509: certificate signed by unknown authority',
      },
    ],
    code: 'X509_UNKNOWN_CA',
    cause:
      'The certificate of the registry was signed by an authority that the container engine does not trust.',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'http: server gave HTTP response to HTTPS client',
      },
    ],
    code: 'HTTP_ON_HTTPS',
    cause:
      'The registry speaks plain HTTP, and the container engine asked by HTTPS.',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'lookup registry.invalid on 10.255.255.53:53: no such host',
      },
    ],
    code: 'REGISTRY_DNS',
    cause:
      'The name "registry.invalid" of the registry cannot be resolved by the container engine.',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'Get "https://registry.example/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
      },
    ],
    code: 'REGISTRY_UNREACHABLE',
    cause:
      'The registry registry.example cannot be reached by the container engine (request canceled while waiting for connection).',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'dial tcp 10.219.0.1:15009: connect: connection refused',
      },
    ],
    code: 'REGISTRY_UNREACHABLE',
    cause:
      'The registry 10.219.0.1:15009 cannot be reached by the container engine (connection refused).',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'writing blob: initiating layer upload to /v2/noproject/app/blobs/uploads/ in 10.219.0.1:15008: name unknown: project noproject not found',
      },
    ],
    code: 'PROJECT_MISSING',
    cause: 'The registry has no project "noproject".',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'remote: HTTP Basic: Access denied',
      },
    ],
    code: 'PULL_UNAUTHORIZED',
    cause:
      'The registry wants a login, and has got none or a wrong one from the container engine.',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'failed to authorize: authorization failed',
      },
    ],
    code: 'PULL_UNAUTHORIZED',
    cause:
      'The registry wants a login, and has got none or a wrong one from the container engine.',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: "pull access denied for nope, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
      },
    ],
    code: 'PULL_FORBIDDEN',
    cause:
      'The registry refuses the container engine access to the image, or has no such repository.',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'failed to pull and unpack image "r.example/x:1": no match for platform in manifest sha256:00: not found',
      },
    ],
    code: 'ARCH_MISMATCH',
    cause:
      'The image is not there for the platform of the machine that is to run it.',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'no matching manifest for linux/arm64/v8 in the manifest list entries',
      },
    ],
    code: 'ARCH_MISMATCH',
    cause:
      'The image is not there for the platform linux/arm64/v8 of the machine that is to run it.',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'choosing an image from manifest list docker://x: no image found in manifest list for architecture arm64, variant "v8", OS linux',
      },
    ],
    code: 'ARCH_MISMATCH',
    cause:
      'The image is not there for the platform arm64 of the machine that is to run it.',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'GET https://10.99.0.1:5000/v2/base/x/manifests/1: MANIFEST_UNKNOWN: manifest unknown; map[Tag:1]',
      },
    ],
    code: 'MANIFEST_UNKNOWN',
    cause: 'The registry has no such image.',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'error',
        source: 'container engine',
        text: 'invalid reference format: repository name must be lowercase',
      },
    ],
    code: 'IMAGE_NAME_INVALID',
    cause:
      'That is not the name of an image: repository name must be lowercase.',
  },
  {
    stage: 'dependencies',
    evidence: [
      { kind: 'state', source: 'pod web-0', text: 'InvalidImageName' },
    ],
    code: 'IMAGE_NAME_INVALID',
    cause: 'That is not the name of an image.',
  },
  {
    stage: 'dependencies',
    evidence: [
      {
        kind: 'event',
        source: 'pod web-0',
        text: 'Failed to apply default image tag "X": couldn\'t parse image reference "X": invalid',
      },
    ],
    code: 'IMAGE_NAME_INVALID',
    cause: 'That is not the name of an image.',
  },
];
