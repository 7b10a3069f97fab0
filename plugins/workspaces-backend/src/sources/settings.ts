import { readDurationFromConfig, type Config } from '@backstage/config';
import { durationToMilliseconds } from '@backstage/types';

/** How much a source may be. Sizes are in bytes. */
export interface SourceLimits {
  /** All files of a source together, unpacked; and what is downloaded or uploaded, packed. */
  totalBytes: number;
  /** One file, unpacked. */
  fileBytes: number;
  /** Files and folders of a source. */
  entries: number;
  /** How many times larger than the archive its content may be. */
  ratio: number;
  /** Segments of a path. */
  depth: number;
  /** From the first request to the finished bundle. */
  timeoutMilliseconds: number;
}

/** What the configuration says about sources. */
export interface SourceSettings {
  /** Hosts, `host:port` and CIDR ranges that may be reached although the guard would refuse them. */
  allow: string[];
  /** Folders of this machine below which a source of type `folder` may lie. */
  folders: string[];
  limits: SourceLimits;
}

const MEBIBYTE = 1024 * 1024;

/** The limits where the configuration names none. */
export const defaultLimits: SourceLimits = {
  totalBytes: 512 * MEBIBYTE,
  fileBytes: 100 * MEBIBYTE,
  entries: 20_000,
  ratio: 100,
  depth: 32,
  timeoutMilliseconds: 10 * 60 * 1000,
};

/** Reads `workspaces.sources`. */
export function readSourceSettings(config: Config): SourceSettings {
  const sources = config.getOptionalConfig('workspaces.sources');
  const limits = sources?.getOptionalConfig('limits');
  const bytes = (key: string, otherwise: number) => {
    const mebibytes = limits?.getOptionalNumber(key);
    return mebibytes === undefined
      ? otherwise
      : Math.floor(mebibytes * MEBIBYTE);
  };
  return {
    allow: sources?.getOptionalStringArray('allow') ?? [],
    folders: sources?.getOptionalStringArray('folders') ?? [],
    limits: {
      totalBytes: bytes('totalMiB', defaultLimits.totalBytes),
      fileBytes: bytes('fileMiB', defaultLimits.fileBytes),
      entries: limits?.getOptionalNumber('entries') ?? defaultLimits.entries,
      ratio: limits?.getOptionalNumber('ratio') ?? defaultLimits.ratio,
      depth: limits?.getOptionalNumber('depth') ?? defaultLimits.depth,
      timeoutMilliseconds: limits?.has('timeout')
        ? durationToMilliseconds(
            readDurationFromConfig(limits, { key: 'timeout' }),
          )
        : defaultLimits.timeoutMilliseconds,
    },
  };
}
