import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { hostOf, portOf } from '../guard/addresses';
import { authorization } from '../token';

/** Where the operator's own certificate authorities come from; all else of git's environment is ours. */
const INHERITED = ['PATH', 'GIT_SSL_CAINFO', 'GIT_SSL_CAPATH'];

/** Slower than this many bytes in a second, for so many seconds, is no download any more. */
const LOWEST_SPEED = { bytesPerSecond: 1000, seconds: 60 };

/**
 * The environment of git: no configuration of the machine or of a user, no prompt, no
 * protocol but https. The token is in here and not among the arguments, because those
 * are for all to see.
 */
export function gitEnvironment(
  url: URL,
  home: string,
  token: string | undefined,
): Record<string, string> {
  const environment: Record<string, string> = {
    HOME: home,
    LC_ALL: 'C', // the rules of the diagnosis know git's English
    GIT_ALLOW_PROTOCOL: 'https',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
  };
  for (const name of INHERITED) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  if (token !== undefined) {
    environment.GIT_CONFIG_COUNT = '1';
    environment.GIT_CONFIG_KEY_0 = `http.${url.origin}/.extraHeader`;
    environment.GIT_CONFIG_VALUE_0 = `Authorization: ${authorization(
      token,
      'Basic',
    )}`;
  }
  return environment;
}

/** The `-c` options of git. `addresses` are those that were checked; git connects to no other. */
export function gitOptions(url: URL, addresses: LookupAddress[]): string[] {
  const settings = [
    'protocol.ext.allow=never',
    'protocol.file.allow=never',
    'protocol.version=2',
    'core.hooksPath=/dev/null',
    'core.symlinks=false',
    'core.bigFileThreshold=16m', // larger files are never held in memory
    'credential.helper=',
    'http.followRedirects=false',
    'http.proxy=',
    `http.lowSpeedLimit=${LOWEST_SPEED.bytesPerSecond}`,
    `http.lowSpeedTime=${LOWEST_SPEED.seconds}`,
    'fetch.unpackLimit=1', // what is fetched stays one pack, whose size is watched
    'pack.threads=1',
    'submodule.recurse=false',
    'gc.auto=0',
    'maintenance.auto=false',
  ];
  if (!isIP(hostOf(url)))
    settings.push(`http.curloptResolve=${pinned(url, addresses)}`);
  return settings.flatMap(setting => ['-c', setting]);
}

function pinned(url: URL, addresses: LookupAddress[]): string {
  const list = addresses
    .map(({ address, family }) => (family === 6 ? `[${address}]` : address))
    .join(',');
  return `${url.hostname}:${portOf(url)}:${list}`;
}
