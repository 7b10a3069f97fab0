/**
 * Every naming rule of Slipway, in one place: what a name may look like, and how
 * the name of one thing follows from the name of another.
 */

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Room for `-build` and for a replica's suffix within the 63 characters of a DNS label. */
const LONGEST_WORKSPACE_LABEL = 40;
const LONGEST_APP_NAME = 40;
const LONGEST_QUOTE = 80;

/**
 * What every workspace name begins with.
 *
 * @public
 */
export const WORKSPACE_PREFIX = 'ws-';

/**
 * Says what is wrong with a workspace name, or `undefined` if nothing is.
 *
 * @public
 */
export function workspaceNameProblem(name: string): string | undefined {
  const label = name.startsWith(WORKSPACE_PREFIX)
    ? name.slice(WORKSPACE_PREFIX.length)
    : '';
  if (
    label.length > 0 &&
    label.length <= LONGEST_WORKSPACE_LABEL &&
    DNS_LABEL.test(label)
  )
    return undefined;
  return `"${quotable(
    name,
  )}" is not a workspace name: it must be "${WORKSPACE_PREFIX}" followed by 1 to ${LONGEST_WORKSPACE_LABEL} characters of a-z, 0-9 and "-", not beginning or ending with "-"`;
}

/** A refusal does not repeat what is too long to be read. */
function quotable(name: string): string {
  return name.length > LONGEST_QUOTE
    ? `${name.slice(0, LONGEST_QUOTE)}…`
    : name;
}

/**
 * Says what is wrong with the name of an app, a dependency or a volume, or `undefined` if nothing is.
 *
 * @public
 */
export function labelProblem(name: string): string | undefined {
  if (name.length <= LONGEST_APP_NAME && DNS_LABEL.test(name)) return undefined;
  return `"${name}" must be 1 to ${LONGEST_APP_NAME} characters of a-z, 0-9 and "-", not beginning or ending with "-"`;
}

const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z0-9_.]*$/;

/**
 * Says what is wrong with the name of an environment variable, or `undefined` if nothing is.
 *
 * @public
 */
export function environmentNameProblem(name: string): string | undefined {
  if (ENVIRONMENT_NAME.test(name)) return undefined;
  return `"${name}" is not the name of an environment variable: letters, digits, "_" and ".", not beginning with a digit`;
}

/**
 * The repository of an app's image, without registry and tag. It follows from
 * workspace and app alone, so that no two apps share one.
 *
 * @public
 */
export function imageRepository(workspace: string, app: string): string {
  return `slipway/${workspace}/${app}`;
}

/**
 * Namespace in which the images of a workspace are built, apart from where its apps run.
 *
 * @public
 */
export function buildNamespace(workspace: string): string {
  return `${workspace}-build`;
}

/**
 * The variable through which the other apps of a workspace find an app: `<APP>_URL`.
 *
 * @public
 */
export function appUrlVariable(app: string): string {
  return `${app.toUpperCase().replace(/[^A-Z0-9]/g, '_')}_URL`;
}

/**
 * Name of the Component that stands for an app in the catalog: the app's own name
 * where the workspace is named after it, else workspace and app.
 *
 * @public
 */
export function componentName(workspace: string, app: string): string {
  const label = workspace.slice(WORKSPACE_PREFIX.length);
  return label === app ? app : `${label}.${app}`; // "." is in no label, so no two apps share a name
}

/**
 * Entity ref of the Component that stands for an app in the catalog.
 *
 * @public
 */
export function componentRef(workspace: string, app: string): string {
  return `component:default/${componentName(workspace, app)}`;
}

/**
 * Name of an object on an engine that keeps all names in one space. The parts are labels;
 * "." is in none of them, so that no two objects share a name.
 *
 * @public
 */
export function engineObjectName(instance: string, ...parts: string[]): string {
  return [instance, ...parts].join('.');
}

/**
 * Labels that everything made by Slipway carries, on every engine.
 *
 * @public
 */
export const labels = {
  /** Which portal made it, where several share one engine. */
  instance: 'slipway.dev/instance',
  workspace: 'slipway.dev/workspace',
  app: 'slipway.dev/app',
  dependency: 'slipway.dev/dependency',
  release: 'slipway.dev/release',
  run: 'slipway.dev/run',
  /** Stage, app and attempt of the work that made it: what a later call adopts it by. */
  work: 'slipway.dev/work',
  /** Hash of the specification it was made from. */
  specification: 'slipway.dev/specification',
} as const;

/**
 * Annotations by which an entity belongs to a workspace, and to one app of it.
 *
 * @public
 */
export const annotations = {
  workspace: 'slipway.dev/workspace',
  app: 'slipway.dev/app',
} as const;
