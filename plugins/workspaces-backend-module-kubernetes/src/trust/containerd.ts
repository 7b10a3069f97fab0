import { posix } from 'node:path';
import { parse } from 'smol-toml';
import { textOf } from '../failures';
import { editConfigPath, readRegistrySettings } from './containerdConfig';
import {
  authoritiesOf,
  editHosts,
  HostKeys,
  hostKeys,
  renderHosts,
} from './hosts';
import {
  authorityFile,
  Edit,
  emptyPlan,
  fileNameOf,
  TrustPlan,
  WantedTrust,
} from './types';

/** Where containerd usually looks for registries. */
export const USUAL_FOLDER = '/etc/containerd/certs.d';
const AUTHORITY_FILE = 'slipway.crt';
const RESTART = ['systemctl restart containerd'];

/** What was seen of containerd on a node. */
export interface ContainerdSight {
  /** As it says it itself. */
  version: string;
  /** Path of its configuration, be it there or not. */
  config: string;
  /** The configuration, without values that may be secrets. */
  configText?: string;
  /** All of its settings, with those that are not written anywhere. */
  dump: string;
  /** Text files in the folders of the registry, by their paths. */
  files: ReadonlyMap<string, string>;
  /** Folders of the registry, and those for all registries. */
  folders: readonly string[];
  /** Other files in these folders. */
  others: readonly string[];
}

/** What the folder of a registry may be called, in the order in which containerd looks for them. */
export function folderNames(registry: string): string[] {
  return registry.includes(':')
    ? [`${fileNameOf(registry)}_`, registry]
    : [registry];
}

/** The plan for a containerd of which nothing was seen: it looks where it usually does, and nothing is there. */
export function usualPlan(wanted: WantedTrust): TrustPlan {
  const folder = posix.join(USUAL_FOLDER, wanted.registry);
  return {
    ...emptyPlan(),
    edits: newFiles(wanted, folder),
    notes: [
      `containerd must look for registries in ${USUAL_FOLDER} (config_path, one folder and no list). Where it does not, set it in its configuration and restart containerd.`,
    ],
  };
}

/** What makes this containerd trust the registry. */
export function planContainerd(
  wanted: WantedTrust,
  sight: ContainerdSight,
): TrustPlan {
  try {
    return planFolder(wanted, sight);
  } catch (error) {
    return { ...emptyPlan(), obstacle: textOf(error) };
  }
}

function planFolder(wanted: WantedTrust, sight: ContainerdSight): TrustPlan {
  const settings = readRegistrySettings(sight.dump, sight.version);
  const { paths, takesSeveral, excluding, format } = settings;
  const root = paths[0] ?? USUAL_FOLDER;
  const isFound = paths.length === 1 || (paths.length > 1 && takesSeveral);
  const files = planFiles(wanted, sight, paths.length > 1 ? paths : [root]);
  if (isFound || files.obstacle) return files;
  if (excluding.length > 0) {
    return {
      ...files,
      obstacle: `${sight.config} has ${excluding.join(
        ', ',
      )}, which containerd does not take together with config_path. Move them to files below ${root} first.`,
    };
  }
  const edit = editConfigPath(sight.config, sight.configText, {
    format,
    folder: root,
  });
  if (!edit) {
    return {
      ...files,
      obstacle: `config_path in ${sight.config} cannot be set by changing single lines`,
    };
  }
  const list =
    paths.length > 1
      ? [
          `This containerd (${sight.version}) takes ${paths.join(
            ':',
          )} for one folder.`,
        ]
      : [];
  return {
    ...files,
    edits: [...files.edits, edit],
    restart: RESTART,
    configPath: root,
    notes: [...files.notes, ...list],
  };
}

/** The files in the first folder that has the registry, or in a new one. */
function planFiles(
  wanted: WantedTrust,
  sight: ContainerdSight,
  roots: string[],
): TrustPlan {
  const names = folderNames(wanted.registry);
  const possible = roots.flatMap(root =>
    names.map(name => posix.join(root, name)),
  );
  const found = possible.find(folder => sight.folders.includes(folder));
  if (!found) {
    const general = roots
      .map(root => posix.join(root, '_default'))
      .filter(folder => sight.folders.includes(folder));
    return {
      ...emptyPlan(),
      edits: newFiles(wanted, posix.join(roots[0], wanted.registry)),
      notes: general.map(
        folder => `What ${folder} says no longer holds for ${wanted.registry}.`,
      ),
    };
  }
  const hosts = posix.join(found, 'hosts.toml');
  const text = sight.files.get(hosts);
  if (text !== undefined) return planHosts(wanted, sight, found, text);
  const isOfDocker = [...sight.files.keys(), ...sight.others].some(path =>
    path.startsWith(`${found}/`),
  );
  // Without hosts.toml each certificate of the folder is trusted; with it those of clients would no longer be used.
  if (isOfDocker && wanted.mode === 'caBundle') {
    const edits = newFiles(wanted, found).slice(0, 1);
    return { ...emptyPlan(), edits: needed(edits, sight) };
  }
  return { ...emptyPlan(), edits: newFiles(wanted, found) };
}

/** Changes a `hosts.toml` that is there; authorities that it trusts already stay trusted. */
function planHosts(
  wanted: WantedTrust,
  sight: ContainerdSight,
  folder: string,
  text: string,
): TrustPlan {
  const path = posix.join(folder, 'hosts.toml');
  const found = parse(text);
  const trusted = authoritiesOf(found);
  const isKnown = trusted.some(file => {
    const content = sight.files.get(posix.resolve(folder, file)) ?? '';
    return content.includes((wanted.authority ?? '').trim());
  });
  const authority = posix.join(folder, AUTHORITY_FILE);
  const isNamed = isKnown || trusted.includes(authority);
  const keys = hostKeys(
    wanted,
    isNamed ? (found.ca as HostKeys['ca']) : beside(trusted, authority),
  );
  const files =
    wanted.mode === 'caBundle' && !isKnown
      ? needed(newFiles(wanted, folder).slice(0, 1), sight)
      : [];
  const edits = editHosts(path, text, keys);
  if (edits) return { ...emptyPlan(), edits: [...files, ...edits] };
  return {
    ...emptyPlan(),
    obstacle: `${path} cannot be changed by changing single lines`,
  };
}

function beside(trusted: string[], authority: string): HostKeys['ca'] {
  return trusted.length === 0 ? authority : [...trusted, authority];
}

function newFiles(wanted: WantedTrust, folder: string): Edit[] {
  const authority = posix.join(folder, AUTHORITY_FILE);
  const put = (path: string, content: string): Edit => ({
    kind: 'put',
    path,
    content,
    description: 'as a whole',
  });
  return [
    ...(wanted.mode === 'caBundle'
      ? [put(authority, authorityFile(wanted))]
      : []),
    put(
      posix.join(folder, 'hosts.toml'),
      renderHosts(hostKeys(wanted, authority)),
    ),
  ];
}

/** Those that change something. */
function needed(edits: Edit[], { files }: ContainerdSight): Edit[] {
  return edits.filter(({ path, content }) => files.get(path) !== content);
}
