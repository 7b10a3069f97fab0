import { wrapServer } from '@backstage/backend-openapi-utils/testUtils';
import type {
  BackstageCredentials,
  BackstageUserPrincipal,
  PermissionsRegistryService,
} from '@backstage/backend-plugin-api';
import {
  mockCredentials,
  mockErrorHandler,
  mockServices,
} from '@backstage/backend-test-utils';
import { metricsServiceMock } from '@backstage/backend-test-utils/alpha';
import {
  AuthorizeResult,
  isResourcePermission,
  type Permission,
  type PolicyDecision,
} from '@backstage/plugin-permission-common';
import type { JsonObject } from '@backstage/types';
import { RESOURCE_TYPE_WORKSPACE } from '@slipway/backstage-plugin-workspaces-common';
import { workspaceRules } from '@slipway/backstage-plugin-workspaces-node';
import express from 'express';
import type { Knex } from 'knex';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { createRouter } from '../api/router';
import { createCore } from '../createCore';
import { openDatabase } from '../store/database';
import { Engines } from '../workspaces/Engines';
import { FakeBuilder, FakeEngine } from './FakeEngine';

/** Users of the tests, and by what they own. */
export const owners: Record<string, string[]> = {
  ada: ['user:default/ada', 'group:default/team'],
  bob: ['user:default/bob'],
  /** Whom the policy refuses everything. */
  mallory: ['user:default/mallory'],
};

/** An event of the audit log, and how it ended. */
export interface Audit {
  eventId: string;
  severityLevel?: string;
  meta?: JsonObject;
  success?: JsonObject;
  failure?: string;
}

/** What the policy of a test decides; undefined leaves it to {@link ownersPolicy}. */
export type TestPolicy = (
  permission: Permission,
  user: string,
) => PolicyDecision | undefined;

/** As the example policy: everybody may create, and do all with what they own; mallory nothing. */
export function ownersPolicy(
  permission: Permission,
  user: string,
): PolicyDecision {
  if (user === 'mallory') return { result: AuthorizeResult.DENY };
  if (!isResourcePermission(permission, RESOURCE_TYPE_WORKSPACE))
    return { result: AuthorizeResult.ALLOW };
  return conditional({
    rule: 'IS_OWNER',
    resourceType: RESOURCE_TYPE_WORKSPACE,
    params: { owners: owners[user] },
  });
}

/** A decision that holds for workspaces of which the conditions do. */
export function conditional(conditions: unknown): PolicyDecision {
  return {
    result: AuthorizeResult.CONDITIONAL,
    pluginId: 'workspaces',
    resourceType: RESOURCE_TYPE_WORKSPACE,
    conditions,
  } as PolicyDecision;
}

/**
 * The routes on a real database, their answers checked against the API document. The core
 * is not started: nothing claims runs.
 */
export async function createTestApi(
  database: Knex,
  options: { policy?: TestPolicy; config?: object } = {},
) {
  const knex = await openDatabase(mockServices.database({ knex: database }));
  const directory = await mkdtemp(join(tmpdir(), 'slipway-api-'));
  const engine = new FakeEngine();
  const engines = new Engines();
  engines.addEngine({ engine, builder: new FakeBuilder() });
  const audits: Audit[] = [];
  const auditor = mockServices.auditor.mock({
    createEvent: async ({ eventId, severityLevel, meta }) => {
      const audit: Audit = { eventId, severityLevel, meta };
      audits.push(audit);
      return {
        success: async done => {
          audit.success = done?.meta ?? {};
        },
        fail: async ({ error }) => {
          audit.failure = error.message;
        },
      };
    },
  });
  const decide = (
    permission: Permission,
    credentials: BackstageCredentials,
  ) => {
    const principal = credentials.principal as Partial<BackstageUserPrincipal>;
    if (principal.type !== 'user')
      return { result: AuthorizeResult.ALLOW } as const; // as for plugins
    const user = principal.userEntityRef!.split('/')[1];
    return options.policy?.(permission, user) ?? ownersPolicy(permission, user);
  };
  const core = await createCore({
    knex,
    engines,
    auditor,
    config: mockServices.rootConfig({
      data: {
        backend: { baseUrl: 'http://localhost:7007' },
        workspaces: {
          storage: { directory },
          sources: { folders: ['/srv/sources'] },
          ...options.config,
        },
      },
    }),
    logger: mockServices.logger.mock(),
    metrics: metricsServiceMock.mock(),
    httpAuth: mockServices.httpAuth({
      defaultCredentials: mockCredentials.none(),
    }),
    userInfo: mockServices.userInfo.mock({
      getUserInfo: async credentials => {
        const { userEntityRef } =
          credentials.principal as BackstageUserPrincipal;
        return {
          userEntityRef,
          ownershipEntityRefs: owners[userEntityRef.split('/')[1]],
        };
      },
    }),
    permissions: mockServices.permissions.mock({
      authorize: async (
        requests,
        { credentials } = { credentials: mockCredentials.none() },
      ) =>
        requests.map(({ permission }) => {
          const { result } = decide(permission, credentials!);
          return {
            result:
              result === AuthorizeResult.ALLOW
                ? AuthorizeResult.ALLOW
                : AuthorizeResult.DENY,
          };
        }),
      authorizeConditional: async (
        requests,
        { credentials } = { credentials: mockCredentials.none() },
      ) => requests.map(({ permission }) => decide(permission, credentials!)),
    }),
    permissionsRegistry: mockServices.permissionsRegistry.mock({
      getPermissionRuleset: (() => ({
        getRuleByName: (name: string) =>
          workspaceRules.find(rule => rule.name === name)!,
      })) as unknown as PermissionsRegistryService['getPermissionRuleset'],
    }),
  });
  const direct = express()
    .use(await createRouter(core.api))
    .use(mockErrorHandler());
  const app = await wrapServer(direct);

  /** Requests of that user. */
  const as = (user: string) => {
    const header = mockCredentials.user.header(`user:default/${user}`);
    const call =
      (method: 'get' | 'post' | 'put' | 'patch' | 'delete') => (path: string) =>
        request(app)[method](path).set('Authorization', header);
    return {
      get: call('get'),
      post: call('post'),
      put: call('put'),
      patch: call('patch'),
      delete: call('delete'),
    };
  };
  return {
    app,
    as,
    audits,
    core,
    /** Without the check of answers, which knows JSON alone. */
    direct,
    directory,
    engine,
    knex,
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

export type TestApi = Awaited<ReturnType<typeof createTestApi>>;

/** An app that can be stored without anything being fetched. */
export function gitApp(name: string, more: object = {}) {
  return {
    name,
    source: { type: 'git', url: `https://git.example.com/${name}.git` },
    ...more,
  };
}
