import { InputError } from '@backstage/errors';
import {
  environmentNameProblem,
  type AppSpec,
} from '@slipway/backstage-plugin-workspaces-common';
import { generatedVariableNames } from './environment';
import type { WorkspaceSettings } from './settings';
import {
  fieldOf,
  firstDuplicate,
  type Located,
  type Specification,
} from './parts';

/**
 * Checks what users set against what Slipway sets. Nothing is dropped or overridden in
 * silence: a name that would be set twice is an InputError that names it.
 */
export function checkEnvironments(
  workspace: Specification,
  settings: WorkspaceSettings,
): void {
  for (const app of workspace.apps) {
    checkGiven(app);
    const generated = generatedNames(app, workspace, settings);
    const twice = firstDuplicate(generated);
    if (twice) {
      throw new InputError(
        `${app.field || `app "${app.spec.name}"`}: the variable ${
          twice.value
        } would be set twice, by dependencies or by the names of other apps; rename one of them, or change connectionEnvironment`,
      );
    }
    for (const [index, { name }] of (app.spec.environment ?? []).entries()) {
      if (!generated.includes(name)) continue;
      const fix =
        name === 'PORT'
          ? 'use the field port'
          : 'it comes from a dependency or another app; choose another name';
      throw new InputError(
        `${fieldOf(
          app,
          `environment[${index}].name`,
        )}: "${name}" is set by Slipway; ${fix}`,
      );
    }
  }
}

function checkGiven(app: Located<AppSpec>): void {
  const variables = app.spec.environment ?? [];
  const field = (index: number, name?: string) =>
    fieldOf(app, `environment[${index}]${name ? `.${name}` : ''}`);
  for (const [index, variable] of variables.entries()) {
    const problem = environmentNameProblem(variable.name);
    if (problem) throw new InputError(`${field(index, 'name')}: ${problem}`);
    if ((variable.value === undefined) === (variable.secret === undefined)) {
      throw new InputError(
        `${field(index)}: "${
          variable.name
        }" must have exactly one of value and secret`,
      );
    }
  }
  const twice = firstDuplicate(variables.map(variable => variable.name));
  if (twice)
    throw new InputError(
      `${field(twice.index, 'name')}: "${twice.value}" is there twice`,
    );
}

function generatedNames(
  app: Located<AppSpec>,
  workspace: Specification,
  settings: WorkspaceSettings,
): string[] {
  return generatedVariableNames({
    app: app.spec,
    otherApps: workspace.apps
      .filter(other => other !== app)
      .map(other => other.spec),
    dependencies: workspace.dependencies.map(({ spec }) => ({
      spec,
      port: settings.dependencies[spec.type].port,
      passwordSecret: '',
    })),
  });
}
