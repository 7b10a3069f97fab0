import {
  coreServices,
  createServiceFactory,
} from '@backstage/backend-plugin-api';
import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import searchPlugin from '@backstage/plugin-search-backend';
import { Core, endpoint, workspace } from './__testUtils__/core';
import { searchModuleWorkspacesCollator } from './module';

// Each test starts a backend.
jest.setTimeout(60_000);

describe('the search of the portal', () => {
  let core: Core;

  beforeEach(async () => {
    core = await Core.start();
    core.content = {
      workspaces: [[workspace('shop', ['web']), workspace('secret', ['api'])]],
      endpoints: [[endpoint('shop', 'web'), endpoint('secret', 'api')]],
    };
  });

  afterEach(() => core.stop());

  /** Asks as a user who may read workspaces under a condition that only these fulfil. */
  async function find(term: string, readable: string[]): Promise<string[]> {
    const permissions = mockServices.permissions.mock({
      authorizeConditional: async requests =>
        requests.map(({ permission }) => ({
          result: AuthorizeResult.CONDITIONAL,
          pluginId: 'workspaces',
          resourceType:
            permission.type === 'resource' ? permission.resourceType : '',
          conditions: { rule: 'IS_OWNER', resourceType: '', params: {} },
        })),
      authorize: async requests =>
        requests.map(({ resourceRef }) => ({
          result: readable.includes(String(resourceRef))
            ? AuthorizeResult.ALLOW
            : AuthorizeResult.DENY,
        })),
    });
    const scheduler = mockServices.scheduler();
    const { server } = await startTestBackend({
      features: [
        searchPlugin,
        searchModuleWorkspacesCollator,
        permissions.factory,
        mockServices.discovery.mock({ getBaseUrl: async () => core.url })
          .factory,
        createServiceFactory({
          service: coreServices.scheduler,
          deps: {},
          factory: () => scheduler,
        }),
        mockServices.rootConfig.factory({
          data: { permission: { enabled: true } },
        }),
      ],
    });
    await scheduler.triggerTask('search_index_workspaces');
    const response = await fetch(
      `http://127.0.0.1:${server.port()}/api/search/query?term=${term}`,
      { headers: { Authorization: mockCredentials.user.header() } },
    );
    expect(response.status).toBe(200);
    const { results } = await response.json();
    return results
      .map((result: { document: { title: string } }) => result.document.title)
      .sort();
  }

  it('answers with the documents of workspaces that the user may read, and no others', async () => {
    expect(await find('workspace', ['id-of-shop'])).toEqual(['ws-shop']);
  });

  it('finds an endpoint by its port', async () => {
    expect(await find('18000', ['id-of-shop', 'id-of-secret'])).toEqual([
      'api (ws-secret)',
      'web (ws-shop)',
    ]);
  });
});
