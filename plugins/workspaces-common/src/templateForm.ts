import { InputError } from '@backstage/errors';
import { commandWords } from './commandLine';
import type {
  AppSpec,
  DependencySpec,
  DependencyType,
  EnvironmentVariable,
  NewWorkspace,
  SourceSpec,
  WorkspaceSize,
} from './model';
import { WORKSPACE_PREFIX } from './names';

/**
 * What the form of a template asks for: its parameters, by the names that the field
 * `WorkspacePlan` and the action `workspace:create` know. Everything is optional, because
 * the form is also read while it is being filled in; other parameters are not looked at.
 * An empty text means the same as none.
 *
 * @public
 */
export interface WorkspaceForm {
  /** A DNS label; `ws-` is put in front unless it is there. */
  name?: string;
  /** Entity ref among the ownership refs of whoever creates the workspace. */
  owner?: string;
  /** Where the workspace lives; the default of the portal if absent. */
  engine?: string;
  size?: WorkspaceSize;
  /** What the field `WorkspaceSource` answers. */
  app?: { source?: SourceSpec; dockerfile?: string; port?: number };
  /** Name of the app; the name of the workspace without `ws-` if absent. */
  appName?: string;
  /** Port inside the container; the one that `app` found in the source if absent. */
  port?: number;
  healthPath?: string;
  dependencies?: DependencyType[];
  /** A further variable with the connection string of the postgres; of the redis where there is no postgres. */
  connectionEnvironment?: string;
  /** Command line of the migration, run without a shell. */
  migration?: string;
  environment?: { name: string; value?: string }[];
  /** What the field `WorkspaceSecrets` answers: ids of secrets, never values. */
  secrets?: { name: string; secret: string }[];
}

/**
 * The workspace that a form describes. The plan that the form shows and the workspace that
 * the template creates both come from here, so that they cannot differ.
 *
 * @throws InputError that names the parameter that is missing or cannot be understood. What
 * the values may be is for the API to say.
 * @public
 */
export function workspaceFromForm(form: WorkspaceForm): NewWorkspace {
  if (!form.name) throw new InputError('name: is required');
  const label = form.name.startsWith(WORKSPACE_PREFIX)
    ? form.name.slice(WORKSPACE_PREFIX.length)
    : form.name;
  const dependencies = dependenciesOf(form);
  return {
    name: `${WORKSPACE_PREFIX}${label}`,
    ...(form.owner && { owner: form.owner }),
    ...(form.engine && { engine: form.engine }),
    ...(form.size && { size: form.size }),
    ...(dependencies.length > 0 && { dependencies }),
    apps: [appOf(form, label)],
  };
}

function appOf(form: WorkspaceForm, label: string): AppSpec {
  const { app, healthPath } = form;
  if (!app?.source) throw new InputError('app: a source is required');
  const port = form.port ?? app.port;
  const migration = commandWords('migration', form.migration ?? '');
  const environment = environmentOf(form);
  return {
    name: form.appName || label,
    source: app.source,
    ...(app.dockerfile && { build: { dockerfile: app.dockerfile } }),
    ...(port !== undefined && { port }),
    ...(healthPath && { healthPath }),
    ...(environment.length > 0 && { environment }),
    ...(migration.length > 0 && { migration: { command: migration } }),
  };
}

function dependenciesOf(form: WorkspaceForm): DependencySpec[] {
  const { connectionEnvironment } = form;
  const types = form.dependencies ?? [];
  const connected = types.includes('postgres') ? 'postgres' : 'redis';
  if (connectionEnvironment && types.length === 0) {
    throw new InputError(
      `connectionEnvironment: "${connectionEnvironment}" has nothing to connect to; choose a dependency or leave it empty`,
    );
  }
  return types.map(type => ({
    type,
    ...(connectionEnvironment &&
      type === connected && { connectionEnvironment }),
  }));
}

function environmentOf(form: WorkspaceForm): EnvironmentVariable[] {
  const plain = form.environment ?? [];
  const secrets = form.secrets ?? [];
  return [
    ...plain.map(({ name, value }) => ({ name, value: value ?? '' })),
    ...secrets.map(({ name, secret }) => ({ name, secret })),
  ];
}
