import type { AuthService, LoggerService } from '@backstage/backend-plugin-api';
import {
  ANNOTATION_LOCATION,
  ANNOTATION_ORIGIN_LOCATION,
  parseEntityRef,
  type Entity,
} from '@backstage/catalog-model';
import { ResponseError } from '@backstage/errors';
import type {
  EntityProvider,
  EntityProviderConnection,
} from '@backstage/plugin-catalog-node';
import {
  annotations,
  type App,
  type Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspacesService } from '@slipway/backstage-plugin-workspaces-node';

const PROVIDER_NAME = 'slipway-workspaces';
const LOCATION = `${PROVIDER_NAME}:workspaces`;

/**
 * Makes one Component of every app of every live workspace, as the core's rows say.
 * The Component exists before the first stage runs, so that a failure has its page,
 * and goes with the workspace.
 */
export class WorkspaceEntityProvider implements EntityProvider {
  readonly #workspaces: WorkspacesService;
  readonly #auth: AuthService;
  readonly #logger: LoggerService;
  #connection?: EntityProviderConnection;

  constructor(options: {
    workspaces: WorkspacesService;
    auth: AuthService;
    logger: LoggerService;
  }) {
    this.#workspaces = options.workspaces;
    this.#auth = options.auth;
    this.#logger = options.logger;
  }

  getProviderName(): string {
    return PROVIDER_NAME;
  }

  async connect(connection: EntityProviderConnection): Promise<void> {
    this.#connection = connection;
  }

  /** Reads all workspaces and replaces what the catalog holds of this provider. */
  async refresh(): Promise<void> {
    if (!this.#connection) return;
    const workspaces = await this.#listWorkspaces();
    const entities = workspaces.flatMap(workspace =>
      workspace.apps.map(app => component(workspace, app)),
    );
    await this.#connection.applyMutation({
      type: 'full',
      entities: entities.map(entity => ({ entity, locationKey: LOCATION })),
    });
    this.#logger.debug(
      `The catalog holds ${entities.length} apps of ${workspaces.length} workspaces`,
    );
  }

  async #listWorkspaces(): Promise<Workspace[]> {
    const { token } = await this.#auth.getPluginRequestToken({
      onBehalfOf: await this.#auth.getOwnServiceCredentials(),
      targetPluginId: 'workspaces',
    });
    const workspaces: Workspace[] = [];
    let cursor: string | undefined;
    do {
      const response = await this.#workspaces.listWorkspaces(
        { query: { cursor, limit: 200 } },
        { token },
      );
      // A catalog emptied because the core could not answer would be a status that nobody observed.
      if (!response.ok) throw await ResponseError.fromResponse(response);
      const page = await response.json();
      workspaces.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor);
    return workspaces;
  }
}

function component(workspace: Workspace, app: App): Entity {
  const { name, namespace } = parseEntityRef(app.entityRef);
  return {
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'Component',
    metadata: {
      name,
      namespace,
      title: name === app.name ? undefined : `${app.name} (${workspace.name})`,
      description: `The app ${app.name} of the workspace ${workspace.name}`,
      annotations: {
        [ANNOTATION_LOCATION]: LOCATION,
        [ANNOTATION_ORIGIN_LOCATION]: LOCATION,
        [annotations.workspace]: workspace.name,
        [annotations.app]: app.name,
      },
    },
    spec: { type: 'service', lifecycle: 'production', owner: workspace.owner },
  };
}
