import type { DockerVersion } from 'dockerode';

/**
 * What differs between the container engines that speak the Docker API: the one place for it.
 */
export interface Dialect {
  /** The engine's name, for people. */
  product: string;
  /** Why workspaces cannot live on it yet; absent where they can. */
  unsupported?: string;
  /** Keeps a bounded part of what a container writes. */
  logConfiguration: { Type: string; Config: Record<string, string> };
  /** Address in every container on which the engine's own resolver listens. */
  resolverAddress?: string;
}

const boundedLog = {
  Type: 'json-file',
  Config: { 'max-size': '10m', 'max-file': '3' },
};

const docker: Dialect = {
  product: 'Docker',
  logConfiguration: boundedLog,
  resolverAddress: '127.0.0.11',
};

const podman: Dialect = {
  product: 'Podman',
  unsupported: 'workspaces run on Docker only so far',
  logConfiguration: boundedLog,
};

/** Which engine gave this answer to `GET /version`. */
export function dialectOf(version: DockerVersion): Dialect {
  const isPodman = version.Components?.some(component =>
    component.Name.startsWith('Podman'),
  );
  return isPodman ? podman : docker;
}
