import { toldBy, type Rule } from '../rule';

const MAP_IMAGE =
  'Or map the image to where it can be had, in the configuration: workspaces.images.';

/** A request to a registry, as Go programs word it. */
const REQUEST = `(?:Get|Head|Post) "https?://(?<registry>[^/"]+)[^"]*"`;

/** Not what an app or a step of a build prints: that is about other servers. */
const engineSays = toldBy('error', 'event', 'state');

/**
 * Why an image cannot be had of a registry. The same cause is worded differently by Docker 20, by Docker 29 and
 * BuildKit (containerd), by Podman and by kaniko. The order matters: what is more certain stands first.
 */
export const registryRules: readonly Rule[] = [
  {
    code: 'X509_SAN_MISMATCH',
    signs: engineSays(
      new RegExp(
        `${REQUEST}: .*x509: certificate is valid for (?<names>.+), not (?<name>\\S+)`,
      ),
      new RegExp(
        `${REQUEST}: .*x509: cannot validate certificate for (?<name>\\S+) because it doesn't contain any IP SANs`,
      ),
      /x509: certificate is valid for (?<names>.+), not (?<name>\S+)/,
      /cannot validate certificate for (?<name>\S+) because it doesn't contain any IP SANs/,
    ),
    cause:
      'The certificate of the registry[ {registry}] is not for the name "{name}" by which it was asked[, but for {names}].',
    fix: `Use the name that stands in the certificate (with an entry for it in the hosts of the engine's machine, if need be), or have a certificate issued for "{name}". ${MAP_IMAGE}`,
    fixedBy: 'operator',
  },
  {
    code: 'X509_EXPIRED',
    signs: engineSays(
      new RegExp(
        `${REQUEST}: .*x509: certificate has expired or is not yet valid: current time (?<now>\\S+) is (?<order>after|before) (?<limit>\\S+)`,
      ),
      /x509: certificate has expired or is not yet valid(?:: current time (?<now>\S+) is (?<order>after|before) (?<limit>\S+))?/,
    ),
    cause:
      'The certificate of the registry[ {registry}] is not valid now[: it is {now}, which is {order} {limit}].',
    fix: "Renew the certificate of the registry, or set the clock of the engine's machine if it is wrong.",
    fixedBy: 'operator',
  },
  {
    code: 'X509_UNKNOWN_CA',
    signs: engineSays(
      new RegExp(`${REQUEST}: .*x509: certificate signed by unknown authority`),
      /x509: certificate signed by unknown authority/,
    ),
    cause:
      'The container engine does not trust the authority that signed the certificate of the registry[ {registry}].',
    fix: "Give the engine the registry's CA: for Docker the file /etc/docker/certs.d/<registry>/ca.crt, for Podman /etc/containers/certs.d/<registry>/ca.crt.",
    fixedBy: 'operator',
  },
  {
    code: 'HTTP_ON_HTTPS',
    signs: engineSays(
      new RegExp(`${REQUEST}: http: server gave HTTP response to HTTPS client`),
      /http: server gave HTTP response to HTTPS client/,
    ),
    cause:
      'The registry[ {registry}] speaks plain HTTP, and the container engine asked by HTTPS.',
    fix: 'Give the registry a certificate, or name it among "insecure-registries" in the daemon.json of the engine.',
    fixedBy: 'operator',
  },
  {
    code: 'REGISTRY_REALM_UNREACHABLE',
    signs: engineSays(
      /failed to fetch (?:anonymous|oauth) token: (?:Get|Post) "https?:\/\/(?<realm>[^/"]+)[^"]*": dial tcp/,
      /(?:Get|Post) "https?:\/\/(?<realm>[^/"]+)\/[^"]*token[^"]*": dial tcp/,
    ),
    cause:
      'The token service {realm} of the registry cannot be reached, although the registry itself can.',
    fix: 'Set the external address of the registry to one that this machine reaches, or let its token service be reached at {realm}.',
    fixedBy: 'operator',
  },
  {
    code: 'REGISTRY_DNS',
    signs: engineSays(
      /dial tcp: lookup (?<registry>\S+?)(?: on \S+)?: (?:no such host|server misbehaving|Temporary failure in name resolution)/,
      /lookup (?<registry>\S+) on \S+: (?:no such host|server misbehaving)/,
    ),
    cause:
      'The name "{registry}" of the registry cannot be resolved on the machine of the container engine.',
    fix: `Give that machine a name service, or an entry in its hosts, that knows "{registry}". ${MAP_IMAGE}`,
    fixedBy: 'operator',
  },
  {
    code: 'REGISTRY_UNREACHABLE',
    signs: engineSays(
      new RegExp(
        `${REQUEST}: dial tcp \\S+: (?:connect: )?(?<problem>connection refused|no route to host|i/o timeout|network is unreachable)`,
      ),
      new RegExp(
        `${REQUEST}: (?:net/http: )?(?<problem>request canceled while waiting for connection|TLS handshake timeout|context deadline exceeded)`,
      ),
      /dial tcp (?<registry>\S+): (?:connect: )?(?<problem>connection refused|no route to host|i\/o timeout|network is unreachable)/,
    ),
    cause:
      'The registry {registry} cannot be reached from the machine of the container engine ({problem}).',
    fix: `Look whether the registry runs and whether a firewall or a proxy stands between it and the engine. ${MAP_IMAGE}`,
    fixedBy: 'operator',
  },
  {
    code: 'RATE_LIMIT',
    signs: engineSays(/429 \(?Too Many Requests/, /toomanyrequests/),
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
    code: 'PULL_UNAUTHORIZED',
    signs: engineSays(
      /401 \(?Unauthorized/,
      /unauthorized: authentication required/,
      /no basic auth credentials/,
      /HTTP Basic: Access denied/,
      /authorization failed/,
    ),
    cause: 'The registry wants a login, and has got none or a wrong one.',
    fix: `Use an image that needs no login, or correct its name: some registries answer so for images that are not there. ${MAP_IMAGE}`,
    fixedBy: 'operator',
  },
  {
    code: 'PULL_FORBIDDEN',
    signs: engineSays(
      /403 \(?Forbidden/,
      /denied: requested access to the resource is denied/,
      /error from registry: denied/,
      /(?:^|: )denied\s*$/,
    ),
    cause:
      'The registry refuses access to the image, or has no such repository.',
    fix: `Correct the name of the image, or have the access granted. ${MAP_IMAGE}`,
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
      "The image is not there for the platform[ {platform}] of the container engine's machine.",
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
    fix: 'Correct the name, the tag or the digest of the image.',
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
    signs: engineSays(
      /(?:unexpected (?:HTTP )?status[^\n]*?|repository \S+): (?<status>5\d\d) /,
      /unexpected HTTP status: (?<status>5\d\d)/,
      /repository \S+: (?<status>5\d\d) \(/,
    ),
    cause: 'The registry has failed with the status {status}.',
    fix: 'Retry later; if it stays so, its operator finds the reason in the log of the registry.',
    fixedBy: 'operator',
  },
];
