import type {
  BackstageCredentials,
  BackstageNonePrincipal,
  BackstageServicePrincipal,
  BackstageUserPrincipal,
  HttpAuthService,
  PermissionsRegistryService,
  PermissionsService,
  UserInfoService,
} from '@backstage/backend-plugin-api';
import { parseEntityRef, stringifyEntityRef } from '@backstage/catalog-model';
import {
  AuthenticationError,
  InputError,
  NotAllowedError,
  NotFoundError,
} from '@backstage/errors';
import {
  AuthorizeResult,
  type BasicPermission,
  type PermissionCriteria,
  type PolicyDecision,
  type ResourcePermission,
} from '@backstage/plugin-permission-common';
import {
  createConditionAuthorizer,
  createConditionTransformer,
} from '@backstage/plugin-permission-node';
import {
  workspaceReadPermission,
  type RESOURCE_TYPE_WORKSPACE,
} from '@slipway/backstage-plugin-workspaces-common';
import {
  workspaceResourceRef,
  type WorkspaceFilter,
  type WorkspaceResource,
} from '@slipway/backstage-plugin-workspaces-node';
import type { Request } from 'express';
import type { WorkspaceStore } from '../store/WorkspaceStore';
import type { WorkspaceRow } from '../store/rows';

type WorkspacePermission = ResourcePermission<typeof RESOURCE_TYPE_WORKSPACE>;

/** Who asks. */
export interface Caller {
  credentials: BackstageCredentials;
  /** Entity ref of the user, or the subject of a service. */
  ref: string;
}

/** Of whom a condition speaks that is to hold in a list; undefined where all may be seen. */
export type ReadableWorkspaces =
  | PermissionCriteria<WorkspaceFilter>
  | undefined;

/**
 * The one place where it is decided who may do what. What a caller may not read is not
 * found; what may be read but not changed is refused with the name of the permission.
 */
export class Authorizer {
  readonly #httpAuth: HttpAuthService;
  readonly #userInfo: UserInfoService;
  readonly #permissions: PermissionsService;
  readonly #workspaces: WorkspaceStore;
  readonly #holds: (
    decision: PolicyDecision,
    resource: WorkspaceResource | undefined,
  ) => boolean;
  readonly #toFilter: ReturnType<
    typeof createConditionTransformer<WorkspaceFilter>
  >;

  constructor(options: {
    httpAuth: HttpAuthService;
    userInfo: UserInfoService;
    permissions: PermissionsService;
    permissionsRegistry: PermissionsRegistryService;
    workspaces: WorkspaceStore;
  }) {
    const rules =
      options.permissionsRegistry.getPermissionRuleset(workspaceResourceRef);
    this.#httpAuth = options.httpAuth;
    this.#userInfo = options.userInfo;
    this.#permissions = options.permissions;
    this.#workspaces = options.workspaces;
    this.#holds = createConditionAuthorizer<WorkspaceResource>(rules);
    this.#toFilter = createConditionTransformer<WorkspaceFilter>(rules);
  }

  /** Whoever changes something is a user. */
  async user(request: Pick<Request, 'headers'>): Promise<Caller> {
    const credentials = await this.#httpAuth.credentials(request as Request, {
      allow: ['user'],
    });
    return this.userOf(credentials);
  }

  /** The same, of credentials that an agent brings. */
  userOf(credentials: BackstageCredentials): Caller {
    const caller = this.readerOf(credentials);
    if (typeOf(credentials) !== 'user')
      throw new NotAllowedError(
        `${caller.ref} is not a user; only a user may change something`,
      );
    return caller;
  }

  /** Other plugins read with their own credentials, for the index of the search or to follow a run. */
  async reader(request: Pick<Request, 'headers'>): Promise<Caller> {
    const credentials = await this.#httpAuth.credentials(request as Request, {
      allow: ['user', 'service'],
    });
    return this.readerOf(credentials);
  }

  /** The same, of credentials that an agent brings. */
  readerOf(credentials: BackstageCredentials): Caller {
    const principal = credentials.principal as
      | BackstageUserPrincipal
      | BackstageServicePrincipal
      | BackstageNonePrincipal;
    if (principal.type === 'none')
      throw new AuthenticationError('Nobody may do this without credentials');
    return {
      credentials,
      ref:
        principal.type === 'user' ? principal.userEntityRef : principal.subject,
    };
  }

  /** Entity refs by which the caller owns things; a service owns nothing. */
  async ownershipRefs(caller: Caller): Promise<string[]> {
    if (typeOf(caller.credentials) !== 'user') return [];
    const { ownershipEntityRefs } = await this.#userInfo.getUserInfo(
      caller.credentials,
    );
    return [...new Set([caller.ref, ...ownershipEntityRefs])];
  }

  /** The owner that was asked for, if the caller may own by it; the caller if none was. */
  async owner(caller: Caller, requested: string | undefined): Promise<string> {
    if (requested === undefined) return caller.ref;
    const owner = normalizedRef(requested);
    const owned = await this.ownershipRefs(caller);
    if (!owned.includes(owner)) {
      throw new NotAllowedError(
        `owner: you cannot own anything as "${owner}"; accepted are ${owned.join(
          ', ',
        )}`,
      );
    }
    return owner;
  }

  /** A permission that concerns no workspace. */
  async require(caller: Caller, permission: BasicPermission): Promise<void> {
    const [decision] = await this.#permissions.authorize([{ permission }], {
      credentials: caller.credentials,
    });
    if (decision.result !== AuthorizeResult.ALLOW)
      throw refusal([permission.name]);
  }

  /**
   * Permissions on the workspace that something belongs to, beside the one to read it.
   * `what` is how the request named that thing; it is not found where the workspace is
   * undefined or may not be read.
   */
  async requireOn(
    caller: Caller,
    workspace: WorkspaceRow | undefined,
    what: string,
    ...permissions: WorkspacePermission[]
  ): Promise<WorkspaceRow> {
    const asked = [workspaceReadPermission, ...permissions];
    const decisions = await this.#permissions.authorizeConditional(
      asked.map(permission => ({ permission })),
      { credentials: caller.credentials },
    );
    if (decisions[0].result === AuthorizeResult.DENY)
      throw refusal([workspaceReadPermission.name]);
    const resource = workspace && (await this.#resource(workspace));
    if (!workspace || !this.#holds(decisions[0], resource))
      throw new NotFoundError(`There is no ${what}`);
    const missing = asked.filter(
      (_, index) => !this.#holds(decisions[index], resource),
    );
    if (missing.length > 0)
      throw refusal(missing.map(permission => permission.name));
    return workspace;
  }

  /** The workspaces that the caller may read, as a condition for the database. */
  async readable(caller: Caller): Promise<ReadableWorkspaces> {
    const [decision] = await this.#permissions.authorizeConditional(
      [{ permission: workspaceReadPermission }],
      {
        credentials: caller.credentials,
      },
    );
    if (decision.result === AuthorizeResult.DENY)
      throw refusal([workspaceReadPermission.name]);
    return decision.result === AuthorizeResult.CONDITIONAL
      ? this.#toFilter(decision.conditions)
      : undefined;
  }

  async #resource(workspace: WorkspaceRow): Promise<WorkspaceResource> {
    const [resource] = await toResources(this.#workspaces, [workspace]);
    return resource;
  }
}

/** What rules see of workspaces, in their order. */
export async function toResources(
  store: WorkspaceStore,
  workspaces: WorkspaceRow[],
): Promise<WorkspaceResource[]> {
  const apps = await store.appsOf(workspaces.map(workspace => workspace.id));
  return workspaces.map(({ id, owner }) => ({
    id,
    owner,
    entityRefs: apps
      .filter(app => app.workspace_id === id)
      .map(app => app.entity_ref),
  }));
}

function typeOf({ principal }: BackstageCredentials): string | undefined {
  return (principal as { type?: string }).type;
}

function refusal(permissions: string[]): NotAllowedError {
  return new NotAllowedError(
    `You do not have the permission ${permissions.join(', ')} here`,
  );
}

function normalizedRef(ref: string): string {
  try {
    return stringifyEntityRef(parseEntityRef(ref));
  } catch {
    throw new InputError(
      `owner: "${ref}" is not an entity ref; accepted is, for example, "group:default/team-a"`,
    );
  }
}
