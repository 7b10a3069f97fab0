import { InputError } from '@backstage/errors';
import {
  componentName,
  environmentNameProblem,
  labelProblem,
  workspaceNameProblem,
  type AppSpec,
} from '@slipway/backstage-plugin-workspaces-common';
import type {
  BuilderAbilities,
  EngineAbilities,
} from '@slipway/backstage-plugin-workspaces-node';
import { checkEnvironments } from './environmentConflicts';
import { checkFiles, checkVolumes } from './mounts';
import {
  fieldOf,
  firstDuplicate,
  refuse,
  type Located,
  type Specification,
} from './parts';
import type { WorkspaceSettings } from './settings';

/** Longest name of an entity in the catalog. */
const LONGEST_ENTITY_NAME = 63;
const IMAGE_TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
/** Such names need no quotes in SQL, and none in a connection string of any driver. */
const DATABASE_NAME = /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/;
const BUILD_ARGUMENT = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** As keys of a Secret of Kubernetes; without a comma, which divides the options of a mount. */
const BUILD_SECRET = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const BUILD_TARGET = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;

/** What decides beside the specification itself. */
export interface SpecificationContext {
  engineId: string;
  engine: EngineAbilities;
  builder: BuilderAbilities;
  settings: WorkspaceSettings;
}

/**
 * Checks the rules that need nothing but the specification and the declared abilities of
 * the engine. The first one that does not hold is an InputError: field, problem, what is accepted.
 */
export function checkSpecification(
  workspace: Specification,
  context: SpecificationContext,
): void {
  refuse('name', workspaceNameProblem(workspace.name));
  for (const dependency of workspace.dependencies)
    checkDependency(dependency, context);
  for (const app of workspace.apps) checkApp(app, workspace.name, context);
  checkHostNames(workspace);
  checkStablePorts(workspace.apps);
  checkEnvironments(workspace, context.settings);
}

function checkDependency(
  dependency: Specification['dependencies'][number],
  context: SpecificationContext,
): void {
  const { spec } = dependency;
  const field = (name: string) => fieldOf(dependency, name);
  refuse(field('name'), labelProblem(spec.name));
  refuse(
    field('type'),
    !context.engine.dependencies.includes(spec.type) &&
      `the engine "${context.engineId}" has no ${spec.type}; accepted are ${
        context.engine.dependencies.join(', ') || 'none'
      }`,
  );
  refuse(
    field('version'),
    spec.version !== undefined &&
      !IMAGE_TAG.test(spec.version) &&
      `"${spec.version}" is not the tag of an image`,
  );
  for (const name of ['database', 'username'] as const) {
    const value = spec[name];
    if (value === undefined) continue;
    refuse(
      field(name),
      spec.type !== 'postgres' && `only a postgres has a ${name}`,
    );
    refuse(
      field(name),
      !DATABASE_NAME.test(value) &&
        `"${value}" must be 1 to 63 letters, digits, "_" and "-", beginning with a letter or "_"`,
    );
  }
  const { connectionEnvironment } = spec;
  refuse(
    field('connectionEnvironment'),
    connectionEnvironment !== undefined &&
      environmentNameProblem(connectionEnvironment),
  );
}

function checkApp(
  app: Located<AppSpec>,
  workspaceName: string,
  context: SpecificationContext,
): void {
  const { spec } = app;
  const field = (name: string) => fieldOf(app, name);
  refuse(field('name'), labelProblem(spec.name));
  const entity = componentName(workspaceName, spec.name);
  refuse(
    field('name'),
    entity.length > LONGEST_ENTITY_NAME &&
      `its entity would be named "${entity}", which is longer than the ${LONGEST_ENTITY_NAME} characters that the catalog accepts; shorten the name of the app or the workspace`,
  );
  refuse(field('healthPath'), healthPathProblem(spec.healthPath));
  checkBuild(app, context);
  checkVolumes(app);
  checkFiles(app);
  checkAbilities(app, context);
}

function healthPathProblem(path: string | undefined): string | undefined {
  if (path === undefined || /^\/[\x21-\x7e]*$/.test(path)) return undefined;
  return `"${path}" must begin with "/" and hold no spaces; percent-encode what is not ASCII`;
}

function checkBuild(
  app: Located<AppSpec>,
  context: SpecificationContext,
): void {
  const { build } = app.spec;
  if (!build) return;
  const field = (name: string) => fieldOf(app, `build.${name}`);
  refuse(
    field('dockerfile'),
    build.dockerfile !== undefined && relativePathProblem(build.dockerfile),
  );
  refuse(
    field('target'),
    build.target !== undefined &&
      !BUILD_TARGET.test(build.target) &&
      `"${build.target}" is not the name of a build stage`,
  );
  for (const [index, argument] of (build.arguments ?? []).entries()) {
    refuse(
      field(`arguments[${index}].name`),
      !BUILD_ARGUMENT.test(argument.name) &&
        `"${argument.name}" must be letters, digits and "_", not beginning with a digit`,
    );
  }
  const twice = firstDuplicate(
    (build.arguments ?? []).map(argument => argument.name),
  );
  refuse(
    field(`arguments[${twice?.index}].name`),
    twice && `"${twice.value}" is there twice`,
  );
  for (const [index, { name }] of (build.secrets ?? []).entries()) {
    refuse(
      field(`secrets[${index}].name`),
      !BUILD_SECRET.test(name) &&
        `"${name}" must be letters, digits, ".", "_" and "-", not beginning with "." or "-"`,
    );
  }
  const again = firstDuplicate((build.secrets ?? []).map(({ name }) => name));
  refuse(
    field(`secrets[${again?.index}].name`),
    again && `"${again.value}" is there twice`,
  );
  refuse(
    field('secrets'),
    (build.secrets ?? []).length > 0 &&
      !context.builder.secrets &&
      `the engine "${context.engineId}" cannot mount secrets into a build; leave the field out`,
  );
}

/** Says what is wrong with a path that is to stay below its root, or `undefined` if nothing is. */
export function relativePathProblem(path: string): string | undefined {
  const segments = path.split('/');
  if (
    path !== '' &&
    !path.startsWith('/') &&
    !path.includes('\\') &&
    !segments.includes('..') &&
    !segments.includes('')
  ) {
    return undefined;
  }
  return `"${path}" must be a relative path without ".." and without empty segments, for example "docker/Dockerfile"`;
}

function checkAbilities(
  app: Located<AppSpec>,
  { engine, engineId }: SpecificationContext,
): void {
  const cannot = (what: string) =>
    `the engine "${engineId}" cannot ${what}; leave the field out`;
  refuse(
    fieldOf(app, 'volumes'),
    (app.spec.volumes ?? []).length > 0 &&
      !engine.volumes &&
      cannot('keep volumes'),
  );
  refuse(
    fieldOf(app, 'replicas'),
    (app.spec.replicas ?? 1) > 1 &&
      !engine.replicas &&
      cannot('run more than one replica'),
  );
  refuse(
    fieldOf(app, 'readOnlyRoot'),
    app.spec.readOnlyRoot === true &&
      !engine.readOnlyRoot &&
      cannot('mount an image read-only'),
  );
  refuse(
    fieldOf(app, 'stablePort'),
    app.spec.stablePort !== undefined &&
      !engine.gateway &&
      cannot('give an app a stable port'),
  );
}

/** Apps and dependencies reach each other by name, so that no two of them may share one. */
function checkHostNames(workspace: Specification): void {
  const named = [...workspace.dependencies, ...workspace.apps];
  const twice = firstDuplicate(named.map(part => part.spec.name));
  if (!twice) return;
  const kinds = 'an app or dependency of the same workspace';
  throw new InputError(
    `${fieldOf(named[twice.index], 'name')}: "${
      twice.value
    }" is the name of ${kinds} already; choose another name`,
  );
}

function checkStablePorts(apps: Located<AppSpec>[]): void {
  const wishes = apps.filter(app => app.spec.stablePort !== undefined);
  const twice = firstDuplicate(wishes.map(app => app.spec.stablePort));
  if (twice)
    throw new InputError(
      `${fieldOf(wishes[twice.index], 'stablePort')}: ${
        twice.value
      } is wished for by two apps`,
    );
}
