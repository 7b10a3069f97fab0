import { parse, TomlTable } from 'smol-toml';
import { isAtLeast } from './runtime';
import { says } from './hosts';
import { edited, linesOf } from './text';
import type { Edit } from './types';

/** What of containerd speaks to registries, by the version of the configuration's format. */
function pluginOf(format: number): string {
  if (format >= 3) return 'io.containerd.cri.v1.images';
  return format === 2 ? 'io.containerd.grpc.v1.cri' : 'cri';
}

/** What containerd's whole configuration says of registries. */
export interface RegistrySettings {
  /** Version of the configuration's format. */
  format: number;
  /** Folders in which it looks for registries. */
  paths: string[];
  /** It pulls by the way that takes several folders; the other one takes a list for one folder that is not there. */
  takesSeveral: boolean;
  /** Settings of old that exclude folders of registries. */
  excluding: string[];
}

/**
 * Reads the output of `containerd config dump`.
 *
 * @param version - Of containerd, as `containerd --version` says it or shorter.
 */
export function readRegistrySettings(
  dump: string,
  version: string,
): RegistrySettings {
  const whole = parse(dump);
  const format = Number(whole.version ?? 1);
  const plugin = tableOf(tableOf(whole.plugins)[pluginOf(format)]);
  const registry = tableOf(plugin.registry);
  const configs = Object.entries(tableOf(registry.configs));
  return {
    format,
    paths: String(registry.config_path ?? '')
      .split(':')
      .filter(Boolean),
    takesSeveral:
      !isAtLeast(version, 2, 1) || plugin.use_local_image_pull === true,
    excluding: [
      ...Object.keys(tableOf(registry.mirrors)).map(
        name => `mirrors."${name}"`,
      ),
      ...configs.flatMap(([name, config]) =>
        Object.keys(tableOf(tableOf(config).tls)).length > 0
          ? [`configs."${name}".tls`]
          : [],
      ),
    ],
  };
}

/**
 * The edit that makes containerd look for registries in a folder, or `undefined` where its configuration is written in
 * a way in which a line cannot be exchanged.
 *
 * @param before - Its configuration; `undefined` where it has none.
 * @param format - Version of the format in which a new one is written.
 */
export function editConfigPath(
  path: string,
  before: string | undefined,
  { format, folder }: { format: number; folder: string },
): Edit | undefined {
  const text = before ?? '';
  const known = text.trim() ? parse(text) : { version: format };
  const plugin = pluginOf(Number(known.version ?? 1));
  const table = `[plugins.${
    plugin === 'cri' ? plugin : `"${plugin}"`
  }.registry]`;
  const edit: Edit = {
    kind: 'splice',
    path,
    description: `in the table ${table}`,
    ...spliceOf(linesOf(text), plugin, {
      setting: `config_path = "${folder}"\n`,
      table: `${text.trim() ? '' : `version = ${format}\n`}${table}\n`,
      isOpen: text !== '' && !text.endsWith('\n'),
    }),
  };
  return says(edited(text, edit), withConfigPath(known, plugin, folder))
    ? edit
    : undefined;
}

function spliceOf(
  lines: string[],
  plugin: string,
  {
    setting,
    table,
    isOpen,
  }: { setting: string; table: string; isOpen: boolean },
) {
  const name = `(["']?)${plugin.replace(/\./g, '\\.')}\\1`;
  const header = new RegExp(
    `^\\s*\\[\\s*plugins\\s*\\.\\s*${name}\\s*\\.\\s*registry\\s*\\]`,
  );
  const found = lines.findIndex(line => header.test(line));
  const end = isOpen ? '\n' : '';
  if (found < 0) {
    return {
      first: lines.length,
      count: 0,
      content: `${end}${table}  ${setting}`,
    };
  }
  const [indent] = /^\s*/.exec(lines[found])!;
  const content = `${indent}  ${setting}`;
  const next = lines.findIndex((line, at) => at > found && /^\s*\[/.test(line));
  const old = lines.findIndex(
    (line, at) =>
      at > found && (next < 0 || at < next) && /^\s*config_path\s*=/.test(line),
  );
  if (old >= 0) return { first: old, count: 1, content };
  const isLast = found === lines.length - 1;
  return {
    first: found + 1,
    count: 0,
    content: isLast ? end + content : content,
  };
}

/** What the configuration has to be afterwards: the same but for one value. */
function withConfigPath(known: TomlTable, plugin: string, folder: string) {
  const plugins = tableOf(known.plugins);
  const settings = tableOf(plugins[plugin]);
  const registry = { ...tableOf(settings.registry), config_path: folder };
  return {
    ...known,
    plugins: { ...plugins, [plugin]: { ...settings, registry } },
  };
}

function tableOf(value: unknown): TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as TomlTable)
    : {};
}
