import type { BuildPlatform } from './model';

/**
 * The platforms that an image can be built for, `os/architecture` or `os/architecture/variant`.
 *
 * @public
 */
export const buildPlatforms = [
  'linux/386',
  'linux/amd64',
  'linux/arm/v6',
  'linux/arm/v7',
  'linux/arm64',
  'linux/ppc64le',
  'linux/riscv64',
  'linux/s390x',
] as const satisfies BuildPlatform[];
