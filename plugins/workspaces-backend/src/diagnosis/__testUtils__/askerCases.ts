import type { JsonObject } from '@backstage/types';
import type { DiagnosisCase } from './DiagnosisCase';

const registry = '10.99.0.1:5001';

/** Verbatim: what the portal itself meets at a registry, through Node 22 and undici. */
const ofPortal: [
  text: string,
  facts: JsonObject,
  code: string,
  cause: string,
][] = [
  [
    `GET https://${registry}/v2/: Hostname/IP does not match certificate's altnames: IP: 10.99.0.1 is not in the cert's list: `,
    { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    'X509_SAN_MISMATCH',
    `The certificate of the registry ${registry} is not for the name by which the portal asked for it.`,
  ],
  [
    `GET https://${registry}/v2/: certificate has expired`,
    { code: 'CERT_HAS_EXPIRED' },
    'X509_EXPIRED',
    `The certificate of the registry ${registry} is not valid now.`,
  ],
  [
    `GET https://${registry}/v2/: unable to verify the first certificate`,
    { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
    'X509_UNKNOWN_CA',
    `The certificate of the registry ${registry} was signed by an authority that the portal does not trust.`,
  ],
  [
    `GET https://${registry}/v2/: 80A8E5C5B07F0000:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/openssl/openssl/ssl/record/ssl3_record.c:354:\n`,
    { code: 'ERR_SSL_WRONG_VERSION_NUMBER' },
    'HTTP_ON_HTTPS',
    `The registry ${registry} speaks plain HTTP, and the portal asked by HTTPS.`,
  ],
  [
    'GET https://tokens.invalid/token: getaddrinfo ENOTFOUND tokens.invalid',
    { code: 'ENOTFOUND', realm: 'tokens.invalid' },
    'REGISTRY_REALM_UNREACHABLE',
    'The token service tokens.invalid of the registry cannot be reached by the portal, although the registry itself can.',
  ],
  [
    'GET https://registry.invalid/v2/: getaddrinfo ENOTFOUND registry.invalid',
    { code: 'ENOTFOUND', registry: 'registry.invalid' },
    'REGISTRY_DNS',
    'The name "registry.invalid" of the registry cannot be resolved by the portal.',
  ],
  [
    `GET https://${registry}/v2/: connect ECONNREFUSED 10.99.0.1:5001`,
    { code: 'ECONNREFUSED' },
    'REGISTRY_UNREACHABLE',
    `The registry ${registry} cannot be reached by the portal (ECONNREFUSED).`,
  ],
  [
    `GET https://${registry}/v2/a/b/tags/list: 429 Too Many Requests: TOOMANYREQUESTS: You have reached your pull rate limit.`,
    { status: 429 },
    'RATE_LIMIT',
    'The registry lets no more images be pulled for now: its limit is reached.',
  ],
  [
    `GET http://${registry}/token: 401 Unauthorized: {"details":"incorrect username or password"}`,
    { status: 401, realm: registry },
    'PULL_UNAUTHORIZED',
    `The registry ${registry} wants a login, and has got none or a wrong one from the portal.`,
  ],
  [
    `GET https://${registry}/v2/a/b/manifests/1: 403 Forbidden: DENIED: requested access to the resource is denied`,
    { status: 403 },
    'PULL_FORBIDDEN',
    `The registry ${registry} refuses the portal access to the image, or has no such repository.`,
  ],
  [
    `GET https://${registry}/v2/a/b/manifests/1: 401 Unauthorized: insufficient_scope: UNAUTHORIZED: authentication required`,
    { status: 401 },
    'PULL_FORBIDDEN',
    `The registry ${registry} refuses the portal access to the image, or has no such repository.`,
  ],
  [
    `GET https://${registry}/v2/: 502 Bad Gateway: <html><head><title>502 Bad Gateway</title></head></html>`,
    { status: 502 },
    'REGISTRY_ERROR',
    `The registry ${registry} has failed with the status 502.`,
  ],
];

const pushed = `${registry}/slipway/ws-shop/web`;

/** Verbatim: what is not taken by a registry, from the portal or from BuildKit 0.33. */
const pushes: [text: string, facts: JsonObject, code: string, cause: string][] =
  [
    [
      `HEAD https://${registry}/v2/slipway/ws-shop/web/blobs/sha256:1: 401 Unauthorized: UNAUTHORIZED: authentication required`,
      { status: 401, askedBy: 'portal' },
      'PUSH_UNAUTHORIZED',
      `The registry ${registry} wants a login before it takes ${pushed}, and has got none or a wrong one from the portal.`,
    ],
    [
      `failed to solve: failed to push ${pushed}: failed to authorize: no basic auth credentials`,
      { askedBy: 'builder' },
      'PUSH_UNAUTHORIZED',
      `The registry ${registry} wants a login before it takes ${pushed}, and has got none or a wrong one from the builder.`,
    ],
    [
      `POST https://${registry}/v2/slipway/ws-shop/web/blobs/uploads/: 403 Forbidden: DENIED: requested access to the resource is denied`,
      { status: 403, askedBy: 'portal' },
      'PUSH_FORBIDDEN',
      `The registry ${registry} does not let the portal push ${pushed}: the account lacks the right, or the project is not there.`,
    ],
    [
      `POST https://${registry}/v2/slipway/ws-shop/web/blobs/uploads/: 401 Unauthorized: insufficient_scope: UNAUTHORIZED: authentication required`,
      { status: 401, askedBy: 'portal' },
      'PUSH_FORBIDDEN',
      `The registry ${registry} does not let the portal push ${pushed}: the account lacks the right, or the project is not there.`,
    ],
    [
      `failed to solve: failed to push ${pushed}: server message: insufficient_scope: denied: requested access to the resource is denied`,
      { askedBy: 'builder' },
      'PUSH_FORBIDDEN',
      `The registry ${registry} does not let the builder push ${pushed}: the account lacks the right, or the project is not there.`,
    ],
    [
      `failed to solve: failed to push ${pushed}: unexpected status from POST request to https://${registry}/v2/slipway/ws-shop/web/blobs/uploads/: 405 Method Not Allowed: Method not allowed`,
      { askedBy: 'builder' },
      'PUSH_REFUSED',
      `The registry ${registry} does not take ${pushed} and answers 405: it may be read-only, full, or in maintenance.`,
    ],
    [
      `PUT https://${registry}/v2/slipway/ws-shop/web/manifests/1: 403 Forbidden: DENIED: adding 3.2 MiB of storage resource, which when updated to current usage of 9.9 MiB will exceed the configured upper limit of 10.0 MiB.`,
      { status: 403, askedBy: 'portal' },
      'REGISTRY_FULL',
      `The registry ${registry} has no room left for ${pushed}: 9.9 MiB of 10.0 MiB are used.`,
    ],
    [
      `PUT https://${registry}/v2/slipway/ws-shop/web/manifests/1: 412 Precondition Failed: PRECONDITION: adding 3.2 MiB of storage resource, which when updated to current usage of 9.9 MiB will exceed the configured upper limit of 10.0 MiB.`,
      { status: 412, askedBy: 'portal' },
      'REGISTRY_FULL',
      `The registry ${registry} has no room left for ${pushed}: 9.9 MiB of 10.0 MiB are used.`,
    ],
  ];

/** Verbatim: what containerd 1.6 and 2.3 say on a node. */
const ofNode: [text: string, code: string, cause: string][] = [
  [
    `Failed to pull image "${registry}/a:1": failed to pull and unpack image "${registry}/a:1": failed to resolve reference "${registry}/a:1": failed to do request: Head "https://${registry}/v2/a/manifests/1": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    'X509_UNKNOWN_CA',
    `The certificate of the registry ${registry} was signed by an authority that the node does not trust.`,
  ],
  [
    `Failed to pull image "${registry}/a:1": failed to pull and unpack image "${registry}/a:1": failed to resolve reference "${registry}/a:1": pulling from host ${registry} failed with status code [manifests 1]: 401 Unauthorized`,
    'PULL_UNAUTHORIZED',
    `The registry ${registry} wants a login, and has got none or a wrong one from the node.`,
  ],
  [
    `Failed to pull image "${registry}/a:1": failed to pull and unpack image "${registry}/a:1": failed to resolve image: pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials`,
    'PULL_UNAUTHORIZED',
    `The registry ${registry} wants a login, and has got none or a wrong one from the node.`,
  ],
];

export const askerCases: DiagnosisCase[] = [
  ...ofPortal.map(([text, facts, code, cause]) => ({
    stage: 'build' as const,
    evidence: [
      {
        kind: 'error' as const,
        source: 'registry',
        text,
        facts: { registry, askedBy: 'portal', ...facts },
      },
    ],
    code,
    cause,
  })),
  ...pushes.map(([text, facts, code, cause]) => ({
    stage: 'build' as const,
    evidence: [
      {
        kind: 'error' as const,
        source: 'registry',
        text,
        facts: { registry, pushed, ...facts },
      },
    ],
    code,
    cause,
  })),
  ...ofNode.map(([text, code, cause]) => ({
    stage: 'deploy' as const,
    evidence: [
      {
        kind: 'event' as const,
        source: 'web-r1-0',
        text,
        facts: { registry, askedBy: 'node', image: `${registry}/a:1` },
      },
    ],
    code,
    cause,
  })),
];
