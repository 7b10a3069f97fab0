import {
  environmentNameProblem,
  type AppDefinition,
  type AppSpec,
} from '@slipway/backstage-plugin-workspaces-common';
import type { Texts } from '../../fields/form';
import { lineOf, wordsOf } from './commandLine';

const LAST_PORT = 65_535;

/** A variable as it is edited. One with a secret stays as it is. */
export interface VariableRow {
  /** Tells rows apart while others come and go. */
  key: number;
  name: string;
  value: string;
  secret?: string;
}

/** The settings of an app as they are typed; an empty text is none. */
export interface Settings {
  port: string;
  healthPath: string;
  command: string;
  migration: string;
  environment: VariableRow[];
}

/** What is wrong with what was typed, by the field; variables by `environment[key]`. */
export type Problems = Partial<Record<string, string>>;

/** The settings of an app as they are set. */
export function settingsOf(spec: AppSpec): Settings {
  return {
    port: spec.port === undefined ? '' : String(spec.port),
    healthPath: spec.healthPath ?? '',
    command: lineOf(spec.command),
    migration: lineOf(spec.migration?.command),
    environment: (spec.environment ?? []).map(
      ({ name, value = '', secret }, key) => ({ key, name, value, secret }),
    ),
  };
}

/** What of the settings the backend would not take. */
export function problemsOf(settings: Settings, t: Texts): Problems {
  const { port, healthPath, environment } = settings;
  const problems: Problems = {};
  if (port.trim() !== '' && portOf(port) === undefined)
    problems.port = t('settings.badPort');
  if (!/^(\/[\x21-\x7e]*)?$/.test(healthPath.trim()))
    problems.healthPath = t('settings.badHealthPath');
  for (const field of ['command', 'migration'] as const) {
    try {
      wordsOf(settings[field]);
    } catch (error) {
      problems[field] = (error as Error).message;
    }
  }
  const names = new Set<string>();
  for (const { key, name } of kept(environment)) {
    const problem =
      name === '' ? t('settings.noName') : environmentNameProblem(name);
    if (problem) problems[rowField(key)] = problem;
    else if (names.has(name))
      problems[rowField(key)] = t('settings.twice', { name });
    names.add(name);
  }
  return problems;
}

/** What the backend refused, beside the field that its error names. */
export function refusalOf(message: string, settings: Settings): Problems {
  const [, field, index, reason] =
    /^(port|healthPath|command|migration|environment)(?:\[(\d+)\])?[\w.[\]]*: (.+)$/s.exec(
      message,
    ) ?? [];
  if (!field) return {};
  if (field !== 'environment') return { [field]: reason };
  const row = kept(settings.environment)[Number(index)];
  return row ? { [rowField(row.key)]: reason } : {};
}

/** A specification with what was changed; all else is as it is set now. */
export function changed(
  { name: _name, ...now }: AppSpec,
  before: Settings,
  after: Settings,
): AppDefinition {
  const differs = (field: keyof Settings) =>
    JSON.stringify(before[field]) !== JSON.stringify(after[field]);
  const definition: AppDefinition = { ...now };
  if (differs('port')) definition.port = portOf(after.port);
  if (differs('healthPath'))
    definition.healthPath = after.healthPath.trim() || undefined;
  if (differs('command')) definition.command = someOf(wordsOf(after.command));
  if (differs('migration')) {
    const command = wordsOf(after.migration);
    definition.migration =
      command.length > 0 ? { ...now.migration, command } : undefined;
  }
  if (differs('environment'))
    definition.environment = someOf(
      kept(after.environment).map(({ name, value, secret }) =>
        secret === undefined ? { name, value } : { name, secret },
      ),
    );
  return definition;
}

/** The name of a row among the problems. */
export function rowField(key: number): string {
  return `environment[${key}]`;
}

/** A row in which nothing was typed is none. */
function kept(environment: VariableRow[]): VariableRow[] {
  return environment.filter(({ name, value }) => name !== '' || value !== '');
}

function portOf(typed: string): number | undefined {
  const port = /^\d{1,5}$/.test(typed.trim()) ? Number(typed) : 0;
  return port >= 1 && port <= LAST_PORT ? port : undefined;
}

function someOf<T>(items: T[]): T[] | undefined {
  return items.length > 0 ? items : undefined;
}
