import { isDeepStrictEqual } from 'node:util';
import { parse, stringify } from 'smol-toml';
import { edited, linesOf } from './text';
import type { Edit, WantedTrust } from './types';

/** What containerd reads of a registry, at the top level of its file: inside of a table a missing image would be reported as an untrusted certificate. */
export interface HostKeys {
  server: string;
  ca?: string | string[];
  skip_verify?: boolean;
}

const OWN_KEYS = ['server', 'ca', 'skip_verify'];

/** The keys that are wanted. */
export function hostKeys(
  { registry, mode }: WantedTrust,
  ca: HostKeys['ca'],
): HostKeys {
  const server = `${mode === 'plainHttp' ? 'http' : 'https'}://${registry}`;
  if (mode === 'skipVerify') return { server, skip_verify: true };
  return mode === 'plainHttp' ? { server } : { server, ca };
}

/** The authorities that a `hosts.toml` names. */
export function authoritiesOf(hosts: Record<string, unknown>): string[] {
  return [hosts.ca ?? []].flat().map(String);
}

/** The content of a new `hosts.toml`. */
export function renderHosts(keys: HostKeys): string {
  return stringify(keys);
}

/**
 * The edits that give a `hosts.toml` these keys and leave all else as it is, or `undefined` where it is written in a
 * way in which single lines cannot be exchanged.
 */
export function editHosts(
  path: string,
  before: string,
  keys: HostKeys,
): Edit[] | undefined {
  const { server: _, ca: __, skip_verify: ___, ...rest } = parse(before);
  const wanted = { ...rest, ...keys };
  if (says(before, wanted)) return [];
  const lines = linesOf(before);
  const table = lines.findIndex(line => /^\s*\[/.test(line));
  const head = table < 0 ? lines : lines.slice(0, table);
  const description = `at its head, in place of other lines of these keys`;
  const removals = head.flatMap((line, first) =>
    OWN_KEYS.some(key => new RegExp(`^\\s*${key}\\s*=`).test(line))
      ? [
          {
            kind: 'splice' as const,
            path,
            description,
            first,
            count: 1,
            content: '',
          },
        ]
      : [],
  );
  const edits: Edit[] = [
    ...removals.reverse(), // from the end on, so that the numbers of the lines hold
    {
      kind: 'splice',
      path,
      description,
      first: 0,
      count: 0,
      content: renderHosts(keys),
    },
  ];
  return says(edits.reduce(edited, before), wanted) ? edits : undefined;
}

/** Whether a file, as it was read back, says exactly that. */
export function says(text: string, wanted: object): boolean {
  try {
    return isDeepStrictEqual(plain(parse(text)), plain(wanted));
  } catch {
    return false; // not TOML
  }
}

/** Without the prototypes that the parser gives its tables. */
function plain(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}
