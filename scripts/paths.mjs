// Where Slipway's scripts keep things. Everything outside of the clone lies
// below two folders of the user: one for data, one for downloads.
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of this clone. */
export const repository = fileURLToPath(new URL('..', import.meta.url));

/** Downloads and images that can be made again; shared by all clones. */
export const cacheFolder = join(
  process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
  'slipway',
);

const defaultHome = join(
  process.env.XDG_DATA_HOME || join(homedir(), '.local', 'share'),
  'slipway',
);

/** Data of the portal and of the private engine; shared by all clones. */
export const homeFolder = resolve(process.env.SLIPWAY_HOME || defaultHome);

/**
 * What the portal of this home folder is called on an engine: the value of the
 * label slipway.dev/instance on all it makes there.
 */
export const instance =
  homeFolder === defaultHome
    ? 'slipway'
    : `slipway-${createHash('sha256')
        .update(homeFolder)
        .digest('hex')
        .slice(0, 8)}`;

export const logFolder = join(homeFolder, 'logs');
export const engineFolder = join(homeFolder, 'engine');
export const portalDataFolder = join(homeFolder, 'portal');

/** The unpacked bundle that `npm start` runs. */
export const portalFolder = join(repository, '.portal');
