import {
  appUrlVariable,
  type AppSpec,
  type DependencySpec,
} from '@slipway/backstage-plugin-workspaces-common';
import type { DesiredVariable } from '@slipway/backstage-plugin-workspaces-node';

/** Port of an app that names none. */
export const DEFAULT_APP_PORT = 8080;

/** A dependency as the environment needs to know it. */
export interface ConnectedDependency {
  /** Defaults filled in; `name` is its host name. */
  spec: DependencySpec & { name: string };
  port: number;
  /** Id of the secret that holds its password. */
  passwordSecret: string;
}

/**
 * The complete environment of an app, and of its migration: PORT, the connections to
 * the dependencies, the addresses of the other apps, and what the user gave, verbatim.
 * The first dependency of a type has the plain names, further ones are prefixed with theirs.
 */
export function appEnvironment(input: {
  app: AppSpec;
  otherApps: AppSpec[];
  dependencies: ConnectedDependency[];
}): DesiredVariable[] {
  const { app, otherApps, dependencies } = input;
  return [
    ...generatedVariables({ app, otherApps, dependencies }),
    ...(app.environment ?? []).map(givenVariable),
  ];
}

/** The names that Slipway sets itself: a variable of the user by one of them is a conflict. */
export function generatedVariableNames(input: {
  app: AppSpec;
  otherApps: AppSpec[];
  dependencies: ConnectedDependency[];
}): string[] {
  return generatedVariables(input).map(variable => variable.name);
}

function generatedVariables(input: {
  app: AppSpec;
  otherApps: AppSpec[];
  dependencies: ConnectedDependency[];
}): DesiredVariable[] {
  const { app, otherApps, dependencies } = input;
  return [
    { name: 'PORT', value: String(app.port ?? DEFAULT_APP_PORT) },
    ...dependencies.flatMap(dependency => {
      const first =
        dependencies.find(other => other.spec.type === dependency.spec.type) ===
        dependency;
      const prefix = first
        ? ''
        : `${dependency.spec.name.toUpperCase().replace(/-/g, '_')}_`;
      return dependency.spec.type === 'postgres'
        ? postgresVariables(dependency, prefix)
        : redisVariables(dependency, prefix);
    }),
    ...otherApps.map(other => ({
      name: appUrlVariable(other.name),
      value: `http://${other.name}:${other.port ?? DEFAULT_APP_PORT}`,
    })),
  ];
}

function givenVariable(variable: {
  name: string;
  value?: string;
  secret?: string;
}): DesiredVariable {
  return variable.secret
    ? { name: variable.name, secret: { id: variable.secret } }
    : { name: variable.name, value: variable.value ?? '' };
}

function postgresVariables(
  dependency: ConnectedDependency,
  prefix: string,
): DesiredVariable[] {
  const { spec, port, passwordSecret } = dependency;
  const database = spec.database ?? 'app';
  const username = spec.username ?? 'app';
  const url = `postgresql://${encodeURIComponent(username)}:{uri}@${
    spec.name
  }:${port}/${encodeURIComponent(database)}?sslmode=disable`;
  const adonet = `Host=${spec.name};Port=${port};Database=${database};Username=${username};Password={adonet};SSL Mode=Disable`;
  return [
    {
      name: `${prefix}DATABASE_URL`,
      secret: { id: passwordSecret, template: url },
    },
    { name: `${prefix}DB_HOST`, value: spec.name },
    { name: `${prefix}DB_PORT`, value: String(port) },
    { name: `${prefix}DB_NAME`, value: database },
    { name: `${prefix}DB_USER`, value: username },
    { name: `${prefix}DB_PASSWORD`, secret: { id: passwordSecret } },
    { name: `${prefix}DB_SSLMODE`, value: 'disable' },
    ...connectionVariable(spec, passwordSecret, { url, adonet }),
  ];
}

function redisVariables(
  dependency: ConnectedDependency,
  prefix: string,
): DesiredVariable[] {
  const { spec, port, passwordSecret } = dependency;
  const url = `redis://:{uri}@${spec.name}:${port}/0`;
  const adonet = `${spec.name}:${port},password={raw}`;
  return [
    {
      name: `${prefix}REDIS_URL`,
      secret: { id: passwordSecret, template: url },
    },
    { name: `${prefix}REDIS_HOST`, value: spec.name },
    { name: `${prefix}REDIS_PORT`, value: String(port) },
    { name: `${prefix}REDIS_PASSWORD`, secret: { id: passwordSecret } },
    ...connectionVariable(spec, passwordSecret, { url, adonet }),
  ];
}

function connectionVariable(
  spec: DependencySpec,
  passwordSecret: string,
  forms: { url: string; adonet: string },
): DesiredVariable[] {
  const name = spec.connectionEnvironment;
  if (!name) return [];
  const template = name.startsWith('ConnectionStrings__')
    ? forms.adonet
    : forms.url;
  return [{ name, secret: { id: passwordSecret, template } }];
}
