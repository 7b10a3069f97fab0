import { readDurationFromConfig, type Config } from '@backstage/config';
import { durationToMilliseconds, type HumanDuration } from '@backstage/types';
import { InputError } from '@backstage/errors';
import { isIP } from 'node:net';

/** What the configuration says about the addresses of apps. */
export interface GatewaySettings {
  /** Address of this machine that the gateway binds. */
  host: string;
  /** Host in the addresses that people see. */
  publicHost: string;
  /** The stable ports that apps may have, both ends included. */
  ports: { first: number; last: number };
  /** How long the last requests of a replaced release may take, in milliseconds. */
  drainTime: number;
}

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORTS = '18000-18999';
const DEFAULT_DRAIN_TIME: HumanDuration = { seconds: 30 };
const HIGHEST_PORT = 65535;

/** Reads `workspaces.gateway`. */
export function readGatewaySettings(config: Config): GatewaySettings {
  const gateway = config.getOptionalConfig('workspaces.gateway');
  const host = gateway?.getOptionalString('host') ?? DEFAULT_HOST;
  return {
    host,
    publicHost: isUnspecified(host)
      ? new URL(config.getString('backend.baseUrl')).hostname
      : host,
    ports: readPorts(gateway?.getOptionalString('ports') ?? DEFAULT_PORTS),
    drainTime: durationToMilliseconds(
      gateway?.has('drainTime')
        ? readDurationFromConfig(gateway, { key: 'drainTime' })
        : DEFAULT_DRAIN_TIME,
    ),
  };
}

/** Says what is wrong with a stable port, or `undefined` if nothing is. */
export function stablePortProblem(
  port: number,
  settings: GatewaySettings,
): string | undefined {
  const { first, last } = settings.ports;
  if (Number.isInteger(port) && port >= first && port <= last) return undefined;
  return `stablePort: ${port} is not one of the ports ${first} to ${last} that workspaces.gateway.ports allows`;
}

/** An address as it stands in a URL. */
export function urlHost(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

function isUnspecified(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function readPorts(text: string): GatewaySettings['ports'] {
  const [, first, last] = (/^(\d+)-(\d+)$/.exec(text) ?? []).map(Number);
  if (first >= 1 && first <= last && last <= HIGHEST_PORT)
    return { first, last };
  throw new InputError(
    `workspaces.gateway.ports: "${text}" is not a range of ports; write the first and the last one, for example "${DEFAULT_PORTS}"`,
  );
}
