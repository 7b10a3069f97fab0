import dns, { type LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { refused, sourceError } from '../refusal';

type Address = ReturnType<typeof ipaddr.process>;
type Lookup = (host: string) => Promise<LookupAddress[]>;

/** Names that lead into the cluster or to the credentials of the machine, whatever they resolve to. */
const REFUSED_NAMES =
  /(^|\.)(localhost|svc|cluster\.local|metadata\.google\.internal)$/;

/** Global unicast: the only part of IPv6 that is assigned to hosts of the internet (RFC 4291, IANA registry). */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');

/** Answers with credentials of the machine although the address is a public one (Azure). */
const METADATA_ADDRESSES = ['168.63.129.16'];

/** Not even a host that the configuration names may resolve to these; a CIDR range must say so. */
const NEVER_BY_NAME = [
  'a link-local address',
  'a multicast address',
  'an unspecified address',
  'a metadata address',
];

const RANGE_NAMES: Record<string, string> = {
  loopback: 'a loopback address',
  private: 'a private address',
  uniqueLocal: 'a private address',
  deprecatedSiteLocal: 'a private address',
  linkLocal: 'a link-local address',
  carrierGradeNat: 'a carrier-grade NAT address',
  multicast: 'a multicast address',
  unspecified: 'an unspecified address',
};

/**
 * Decides which addresses sources may be fetched from: https to public hosts at port 443,
 * and what the configuration allows beyond that. What it resolved is what must be
 * connected to, so that a name cannot answer differently the second time.
 */
export class AddressGuard {
  readonly #lookup: Lookup;
  /** `host:port`, both normalised. */
  readonly #hosts = new Set<string>();
  readonly #ranges: ReturnType<typeof ipaddr.parseCIDR>[] = [];

  /** Throws where an entry of `allow` is neither a host, nor `host:port`, nor a CIDR range. */
  constructor(
    allow: string[],
    lookup: Lookup = host =>
      dns.promises.lookup(host, { all: true, verbatim: true }),
  ) {
    this.#lookup = lookup;
    for (const entry of allow) {
      if (ipaddr.isValidCIDR(entry)) this.#ranges.push(ipaddr.parseCIDR(entry));
      else this.#hosts.add(hostEntry(entry));
    }
  }

  /** Says what is wrong with an address, before any name is resolved, or `undefined` if nothing is. */
  problem(text: string): string | undefined {
    if (!URL.canParse(text))
      return `${JSON.stringify(
        text,
      )} is not a URL; accepted is an https address`;
    const url = new URL(text);
    if (url.protocol !== 'https:')
      return `the scheme "${url.protocol}//" is not accepted; accepted is https://`;
    if (url.username || url.password) {
      return 'user names and passwords do not belong into a URL; name a secret in "token" instead';
    }
    const host = hostOf(url);
    if (this.#hosts.has(`${host}:${portOf(url)}`)) return undefined;
    if (portOf(url) !== 443) {
      return `port ${portOf(url)} is not accepted, only 443. ${this.#allowLine(
        url,
      )}`;
    }
    if (REFUSED_NAMES.test(host)) {
      return `host "${host}" leads into the machine or cluster itself, which sources may not reach. ${this.#allowLine(
        url,
      )}`;
    }
    return isIP(host) ? this.#addressProblem(url, host) : undefined;
  }

  /** The address as a URL. Throws a refusal that says what is wrong with it. */
  parse(text: string): URL {
    const problem = this.problem(text);
    if (problem) throw refused('address', problem);
    return new URL(text);
  }

  /**
   * Resolves the host and checks every address it has. Whoever connects must connect to one
   * of those that are answered.
   */
  async resolve(
    url: URL,
    transport?: 'git' | 'https',
  ): Promise<LookupAddress[]> {
    const host = hostOf(url);
    const family = isIP(host);
    const addresses = family
      ? [{ address: host, family }]
      : await this.#resolveName(host, transport);
    for (const { address } of addresses) {
      const problem = this.#addressProblem(url, address);
      if (problem) throw refused('address', problem);
    }
    return addresses;
  }

  async #resolveName(
    host: string,
    transport: string | undefined,
  ): Promise<LookupAddress[]> {
    try {
      return await this.#lookup(host);
    } catch (error) {
      throw sourceError(`The host of the source has no address`, {
        source: 'name service',
        text: `Could not resolve host: ${host} (${(error as Error).message})`,
        facts: { host, ...(transport && { transport }) },
        cause: error,
      });
    }
  }

  #addressProblem(url: URL, address: string): string | undefined {
    const parsed = ipaddr.process(address);
    const range = refusedRange(parsed);
    if (!range || this.#ranges.some(cidr => contains(cidr, parsed)))
      return undefined;
    const host = hostOf(url);
    const named = this.#hosts.has(`${host}:${portOf(url)}`);
    if (named && !NEVER_BY_NAME.includes(range)) return undefined;
    const what = isIP(host)
      ? `${host} is ${range}`
      : `host "${host}" resolves to ${address}, ${range}`;
    return `${what}, which sources may not reach. ${
      named
        ? allowLine(
            `${parsed.toString()}/${parsed.kind() === 'ipv4' ? 32 : 128}`,
          )
        : this.#allowLine(url)
    }`;
  }

  #allowLine(url: URL): string {
    const host = url.hostname.replace(/\.$/, '');
    return allowLine(portOf(url) === 443 ? host : `${host}:${portOf(url)}`);
  }
}

/** The host of a URL as names are compared: without brackets and without a trailing dot. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}

/** The port of an https URL. */
export function portOf(url: URL): number {
  return url.port === '' ? 443 : Number(url.port);
}

/** An address fit for logs: a query may hold a signature. */
export function displayUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

function allowLine(entry: string): string {
  return `If it is meant to be reached, an operator adds it to the configuration: workspaces.sources.allow: ['${entry}']`;
}

function refusedRange(address: Address): string | undefined {
  if (METADATA_ADDRESSES.includes(address.toString()))
    return 'a metadata address';
  const range = address.range();
  if (range !== 'unicast')
    return RANGE_NAMES[range] ?? `a reserved address (${range})`;
  return address.kind() === 'ipv4' || contains(GLOBAL_IPV6, address)
    ? undefined
    : 'a reserved address';
}

function contains(
  cidr: ReturnType<typeof ipaddr.parseCIDR>,
  address: Address,
): boolean {
  return (
    cidr[0].kind() === address.kind() &&
    address.match(cidr as [ipaddr.IPv4, number] & [ipaddr.IPv6, number])
  );
}

function hostEntry(entry: string): string {
  const url = URL.canParse(`https://${entry}`)
    ? new URL(`https://${entry}`)
    : undefined;
  if (
    !url ||
    url.pathname !== '/' ||
    url.search ||
    url.hash ||
    url.username ||
    /[/@?#]/.test(entry)
  ) {
    throw new Error(
      `workspaces.sources.allow: "${entry}" is neither a host, nor host:port, nor a CIDR range`,
    );
  }
  return `${hostOf(url)}:${portOf(url)}`;
}
