import type { JsonObject } from '@backstage/types';
import { toldBy, type Rule, type Sign } from '../rule';

const MAP_IMAGE =
  'Or map the image to where it can be had, in the configuration: workspaces.images.';
const NODE_FOLDER = '/etc/containerd/certs.d/{registry}';
const PORTAL_LOGIN =
  'Correct workspaces.kubernetes.registry.username and its password, with which the portal, its builds and the nodes log in; then start a new run.';

/** The fix of an engine that has nodes: it lets them trust its registry. */
const TRUST_BY_NODES = { id: 'node-trust', askedBy: 'node' } as const;

/** A request to a registry, as Go programs word it. */
const REQUEST = `(?:Get|Head|Post) "https?://(?<registry>[^/"]+)[^"]*"`;

/** Not what an app or a step of a build prints: that is about other servers. */
const engineSays = toldBy('error', 'event', 'state');

/** A request of the portal's own, known by the code of its connection or by the status of the answer. */
function portalMet(...met: (string | number)[]): Sign {
  return {
    facts: facts =>
      facts.registry !== undefined && met.includes(codeIn(facts))
        ? {}
        : undefined,
  };
}

function codeIn({ code, status }: JsonObject): string | number {
  return (code ?? status ?? '') as string | number;
}

const NO_NAME = ['ENOTFOUND', 'EAI_AGAIN'];
const NO_WAY = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_SOCKET',
];

/**
 * Why an image cannot be had of a registry. The same cause is worded differently by Docker 20, by Docker 29 and
 * BuildKit (containerd), by Podman and by kaniko. The order matters: what is more certain stands first.
 */
export const registryRules: readonly Rule[] = [
  {
    code: 'X509_SAN_MISMATCH',
    signs: [
      portalMet('ERR_TLS_CERT_ALTNAME_INVALID'),
      ...engineSays(
        new RegExp(
          `${REQUEST}: .*x509: certificate is valid for (?<names>.+), not (?<name>\\S+)`,
        ),
        new RegExp(
          `${REQUEST}: .*x509: cannot validate certificate for (?<name>\\S+) because it doesn't contain any IP SANs`,
        ),
        /x509: certificate is valid for (?<names>.+), not (?<name>\S+)/,
        /cannot validate certificate for (?<name>\S+) because it doesn't contain any IP SANs/,
      ),
    ],
    cause:
      'The certificate of the registry[ {registry}] is not for the name[ "{name}"] by which {asker} asked for it[, but for {names}].',
    fix: `Use the name that stands in the certificate (with an entry for it in the hosts of the machine that asks, if need be), or have a certificate issued for[ "{name}",] the name that is used. ${MAP_IMAGE}`,
    fixAskedBy: {
      portal:
        'Let workspaces.kubernetes.registry.address be a name that stands in the certificate, or have a certificate issued for {registry}.',
    },
    fixedBy: 'operator',
  },
  {
    code: 'X509_EXPIRED',
    signs: [
      portalMet('CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'),
      ...engineSays(
        new RegExp(
          `${REQUEST}: .*x509: certificate has expired or is not yet valid: current time (?<now>\\S+) is (?<order>after|before) (?<limit>\\S+)`,
        ),
        /x509: certificate has expired or is not yet valid(?:: current time (?<now>\S+) is (?<order>after|before) (?<limit>\S+))?/,
      ),
    ],
    cause:
      'The certificate of the registry[ {registry}] is not valid now[: it is {now}, which is {order} {limit}].',
    fix: 'Renew the certificate of the registry, or set the clock of the machine that asks if it is wrong.',
    fixedBy: 'operator',
  },
  {
    code: 'X509_UNKNOWN_CA',
    signs: [
      portalMet(
        'DEPTH_ZERO_SELF_SIGNED_CERT',
        'SELF_SIGNED_CERT_IN_CHAIN',
        'UNABLE_TO_GET_ISSUER_CERT',
        'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
        'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      ),
      ...engineSays(
        new RegExp(
          `${REQUEST}: .*x509: certificate signed by unknown authority`,
        ),
        /x509: certificate signed by unknown authority/,
      ),
    ],
    cause:
      'The certificate of the registry[ {registry}] was signed by an authority that {asker} does not trust.',
    fix: "Give the engine the registry's CA: for Docker the file /etc/docker/certs.d/<registry>/ca.crt, for Podman /etc/containers/certs.d/<registry>/ca.crt.",
    fixAskedBy: {
      portal:
        'Name a PEM file with the certificate of that authority in workspaces.kubernetes.registry.caFile; the portal and its builds trust it then.',
      builder:
        'Name a PEM file with the certificate of that authority in workspaces.kubernetes.registry.caFile, if it is the registry of the builds; for another one map the image to a registry that is trusted: workspaces.images.',
      node: `Put the certificate of that authority on each node as ${NODE_FOLDER}/ca.crt, and where a file hosts.toml lies beside it, let it say so too: ca = "${NODE_FOLDER}/ca.crt". containerd reads it with the next pull.`,
    },
    fixedBy: 'operator',
    autoFix: TRUST_BY_NODES,
  },
  {
    code: 'HTTP_ON_HTTPS',
    signs: [
      portalMet(
        'EPROTO',
        'ERR_SSL_WRONG_VERSION_NUMBER',
        'ERR_SSL_PACKET_LENGTH_TOO_LONG',
      ),
      ...engineSays(
        new RegExp(
          `${REQUEST}: http: server gave HTTP response to HTTPS client`,
        ),
        /http: server gave HTTP response to HTTPS client/,
      ),
    ],
    cause:
      'The registry[ {registry}] speaks plain HTTP, and {asker} asked by HTTPS.',
    fix: 'Give the registry a certificate, or name it among "insecure-registries" in the daemon.json of the engine.',
    fixAskedBy: {
      portal:
        'Give the registry a certificate, or set workspaces.kubernetes.registry.plainHttp: passwords then travel in clear.',
      builder:
        'Give the registry a certificate, or, if it is the registry of the builds, set workspaces.kubernetes.registry.plainHttp: passwords then travel in clear.',
      node: `Give the registry a certificate, or put a file ${NODE_FOLDER}/hosts.toml on each node that has the table host."http://{registry}" (its name in square brackets): passwords then travel in clear.`,
    },
    fixedBy: 'operator',
    autoFix: TRUST_BY_NODES,
  },
  {
    code: 'REGISTRY_REALM_UNREACHABLE',
    signs: [
      {
        facts: facts =>
          facts.realm !== undefined &&
          facts.realm !== facts.registry &&
          [...NO_NAME, ...NO_WAY].includes(String(codeIn(facts)))
            ? {}
            : undefined,
      },
      ...engineSays(
        /failed to fetch (?:anonymous|oauth) token: (?:Get|Post) "https?:\/\/(?<realm>[^/"]+)[^"]*": dial tcp/,
        /(?:Get|Post) "https?:\/\/(?<realm>[^/"]+)\/[^"]*token[^"]*": dial tcp/,
      ),
    ],
    cause:
      'The token service {realm} of the registry cannot be reached by {asker}, although the registry itself can.',
    fix: 'Set the external address of the registry to one that can be reached, or let its token service be reached at {realm}.',
    fixedBy: 'operator',
  },
  {
    code: 'REGISTRY_DNS',
    signs: [
      portalMet(...NO_NAME),
      ...engineSays(
        /dial tcp: lookup (?<registry>\S+?)(?: on \S+)?: (?:no such host|server misbehaving|Temporary failure in name resolution)/,
        /lookup (?<registry>\S+) on \S+: (?:no such host|server misbehaving)/,
      ),
    ],
    cause:
      'The name "{registry}" of the registry cannot be resolved by {asker}.',
    fix: `Give the machine that asks a name service, or an entry in its hosts, that knows "{registry}". ${MAP_IMAGE}`,
    fixAskedBy: {
      portal:
        'Correct workspaces.kubernetes.registry.address, or let the machine of the portal resolve "{registry}".',
      builder: `Let the name service of the cluster resolve "{registry}". ${MAP_IMAGE}`,
    },
    fixedBy: 'operator',
  },
  {
    code: 'REGISTRY_UNREACHABLE',
    signs: [
      portalMet(...NO_WAY),
      ...engineSays(
        new RegExp(
          `${REQUEST}: dial tcp \\S+: (?:connect: )?(?<problem>connection refused|no route to host|i/o timeout|network is unreachable)`,
        ),
        new RegExp(
          `${REQUEST}: (?:net/http: )?(?<problem>request canceled while waiting for connection|TLS handshake timeout|context deadline exceeded)`,
        ),
        /dial tcp (?<registry>\S+): (?:connect: )?(?<problem>connection refused|no route to host|i\/o timeout|network is unreachable)/,
        /image pull failed for (?<registry>[^/\s]+)\/\S+ because the (?<problem>registry is unavailable)/,
        /failed to pull and unpack image "(?<registry>[^/"]+)\/[^"]+": failed to copy: .*\b(?<problem>connection timed out|connection reset by peer|i\/o timeout|unexpected EOF|context deadline exceeded)/,
      ),
    ],
    cause:
      'The registry {registry} cannot be reached by {asker}[ ({problem})][ ({code})].',
    fix: `Look whether the registry runs and whether a firewall or a proxy stands between it and {asker}. ${MAP_IMAGE}`,
    fixAskedBy: {
      portal:
        'Correct workspaces.kubernetes.registry.address if it is wrong. Else look whether the registry runs and whether a firewall stands between it and the portal.',
    },
    fixedBy: 'operator',
  },
  {
    code: 'IMAGE_DAMAGED',
    signs: engineSays(
      /digest mismatch: wanted (?<wanted>\S+), got (?<found>\S+)/,
      /unexpected commit digest (?<found>\S+), expected (?<wanted>[^\s:]+:[0-9a-f]+)/,
      /unexpected commit size (?<found>\d+), expected (?<wanted>\d+)/,
    ),
    cause:
      'What the registry[ {registry}] gave {asker} is not what was asked for: {found} in place of {wanted}. It is damaged there, or was changed on the way.',
    fix: 'Retry. If it stays so, look for a proxy or a mirror between {asker} and the registry that changes what it passes on, or delete the image in the registry. One that was built here is then made again by a run, one from elsewhere must be brought there again.',
    fixedBy: 'operator',
  },
  {
    code: 'RATE_LIMIT',
    signs: [
      portalMet(429),
      ...engineSays(/429 \(?Too Many Requests/, /toomanyrequests/),
    ],
    cause:
      'The registry lets no more images be pulled for now: its limit is reached.',
    fix: `Wait until the limit is reset and retry. ${MAP_IMAGE}`,
    fixedBy: 'operator',
  },
  {
    code: 'PROJECT_MISSING',
    signs: engineSays(/project (?<project>\S+) not found/),
    cause: 'The registry has no project "{project}".',
    fix: 'Create the project in the registry, or correct the name of the image.',
    fixedBy: 'operator',
  },
  {
    code: 'PULL_FORBIDDEN',
    signs: [
      portalMet(403),
      ...engineSays(
        /403 \(?Forbidden/,
        /401 Unauthorized: insufficient_scope/,
        /denied: requested access to the resource is denied/,
        /error from registry: denied/,
        /(?:^|: )denied\s*$/,
      ),
    ],
    cause:
      'The registry[ {registry}] refuses {asker} access to the image, or has no such repository.',
    fix: `Correct the name of the image, or have the access granted. ${MAP_IMAGE}`,
    fixedBy: 'operator',
  },
  {
    code: 'PULL_UNAUTHORIZED',
    signs: [
      portalMet(401),
      ...engineSays(
        /401 \(?Unauthorized/,
        /unauthorized: authentication required/,
        /no basic auth credentials/,
        /HTTP Basic: Access denied/,
        /authorization failed/,
      ),
    ],
    cause:
      'The registry[ {registry}] wants a login, and has got none or a wrong one from {asker}.',
    fix: `Use an image that needs no login, or correct its name: some registries answer so for images that are not there. ${MAP_IMAGE}`,
    fixAskedBy: {
      portal: PORTAL_LOGIN,
      node: `${PORTAL_LOGIN} An image of another registry must need no login. ${MAP_IMAGE}`,
      builder: `${PORTAL_LOGIN} An image of another registry must need no login. ${MAP_IMAGE}`,
    },
    fixedBy: 'operator',
  },
  {
    code: 'IMAGE_SIGNATURE',
    signs: engineSays(
      /image pull failed for (?<image>\S+) because the signature validation failed(?:: (?<problem>.+))?/,
    ),
    cause:
      'The node takes no image whose signature it cannot validate, and {image} has none that it knows[: {problem}].',
    fix: 'Let the policy of the nodes make an exception for the registry of the builds, or have the images there signed; then retry.',
    fixedBy: 'operator',
  },
  {
    code: 'ARCH_MISMATCH',
    signs: engineSays(
      /no match for platform in manifest/,
      /no matching manifest for (?<platform>\S+)/,
      /no image found in (?:manifest list|image index) for architecture (?<platform>[^,\s]+)/,
    ),
    cause:
      'The image is not there for the platform[ {platform}] of the machine that is to run it.',
    fix: 'Use an image that is made for this platform.',
    fixedBy: 'user',
  },
  {
    code: 'MANIFEST_UNKNOWN',
    signs: engineSays(
      /manifest for (?<image>\S+) not found/,
      /reading manifest \S+ in (?<image>\S+): manifest unknown/,
      /(?<image>\S+): not found\s*$/,
      /manifest unknown/i,
    ),
    cause: 'The registry has no such image[: {image}].',
    fix: 'Correct the name, the tag or the digest of the image. If it was built here, start a new run: it builds the image again.',
    fixedBy: 'user',
  },
  {
    code: 'IMAGE_NAME_INVALID',
    signs: engineSays(
      /invalid reference format(?:: (?<problem>.+))?/,
      /InvalidImageName/,
      /couldn't parse image reference/,
    ),
    cause: 'That is not the name of an image[: {problem}].',
    fix: 'Write it as name:tag or registry/name:tag, in lower case.',
    fixedBy: 'user',
  },
  {
    code: 'REGISTRY_ERROR',
    signs: [
      portalMet(500, 502, 503, 504),
      ...engineSays(
        /(?:unexpected (?:HTTP )?status[^\n]*?|repository \S+): (?<status>5\d\d) /,
        /unexpected HTTP status: (?<status>5\d\d)/,
        /repository \S+: (?<status>5\d\d) \(/,
      ),
    ],
    cause: 'The registry[ {registry}] has failed with the status {status}.',
    fix: 'Retry later; if it stays so, its operator finds the reason in the log of the registry.',
    fixedBy: 'operator',
  },
];
