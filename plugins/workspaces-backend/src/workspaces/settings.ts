import type { Config } from '@backstage/config';
import type {
  DependencyType,
  WorkspaceSize,
} from '@slipway/backstage-plugin-workspaces-common';
import type { DesiredResources } from '@slipway/backstage-plugin-workspaces-node';

/** What a size class grants to each container of an app and of a dependency. */
export interface SizeSettings {
  app: DesiredResources;
  dependency: DesiredResources;
}

/** Which image stands behind a type of dependency, and where it listens. */
export interface DependencySettings {
  image: string;
  version: string;
  port: number;
  /** Where the image keeps its data. */
  dataPath: string;
}

/** What the configuration says about workspaces themselves. */
export interface WorkspaceSettings {
  sizes: Record<WorkspaceSize, SizeSettings>;
  dependencies: Record<DependencyType, DependencySettings>;
}

const MEBIBYTE = 1024 * 1024;

const defaultSizes: Record<
  WorkspaceSize,
  { cpuCores: number; memoryMiB: number; pids: number }
> = {
  small: { cpuCores: 1, memoryMiB: 512, pids: 256 },
  medium: { cpuCores: 2, memoryMiB: 1024, pids: 512 },
  large: { cpuCores: 4, memoryMiB: 4096, pids: 1024 },
};

const defaultDependencies: Record<DependencyType, DependencySettings> = {
  postgres: {
    image: 'postgres',
    version: '15',
    port: 5432,
    dataPath: '/var/lib/postgresql/data',
  },
  redis: { image: 'redis', version: '7', port: 6379, dataPath: '/data' },
};

/** Reads `workspaces.sizes` and `workspaces.dependencies`. */
export function readWorkspaceSettings(config: Config): WorkspaceSettings {
  const size = (name: WorkspaceSize): SizeSettings => {
    const given = config.getOptionalConfig(`workspaces.sizes.${name}`);
    const resources: DesiredResources = {
      cpuCores:
        given?.getOptionalNumber('cpuCores') ?? defaultSizes[name].cpuCores,
      memoryBytes:
        (given?.getOptionalNumber('memoryMiB') ??
          defaultSizes[name].memoryMiB) * MEBIBYTE,
      pids: given?.getOptionalNumber('pids') ?? defaultSizes[name].pids,
    };
    return { app: resources, dependency: resources };
  };
  const dependency = (type: DependencyType): DependencySettings => {
    const given = config.getOptionalConfig(`workspaces.dependencies.${type}`);
    return {
      ...defaultDependencies[type],
      image:
        given?.getOptionalString('image') ?? defaultDependencies[type].image,
      version:
        given?.getOptionalString('version') ??
        defaultDependencies[type].version,
    };
  };
  return {
    sizes: {
      small: size('small'),
      medium: size('medium'),
      large: size('large'),
    },
    dependencies: {
      postgres: dependency('postgres'),
      redis: dependency('redis'),
    },
  };
}
