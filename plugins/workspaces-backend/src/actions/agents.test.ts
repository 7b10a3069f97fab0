import { createBackendModule } from '@backstage/backend-plugin-api';
import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { workspaceEnginesExtensionPoint } from '@slipway/backstage-plugin-workspaces-node';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { ownersPolicy } from '../__testUtils__/createTestApi';
import { FakeBuilder, FakeEngine } from '../__testUtils__/FakeEngine';
import { workspacesPlugin } from '../plugin';

jest.setTimeout(60_000);

describe('the plugin, to agents', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'slipway-agents-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const start = async () =>
    startTestBackend({
      features: [
        workspacesPlugin,
        createBackendModule({
          pluginId: 'workspaces',
          moduleId: 'fake',
          register: module =>
            module.registerInit({
              deps: { point: workspaceEnginesExtensionPoint },
              init: async ({ point }) =>
                point.addEngine({
                  engine: new FakeEngine(),
                  builder: new FakeBuilder(),
                }),
            }),
        }),
        mockServices.permissions.mock({
          authorize: async requests =>
            requests.map(() => ({ result: AuthorizeResult.ALLOW })),
          authorizeConditional: async (requests, options) =>
            requests.map(({ permission }) => {
              const { principal } = options!.credentials;
              const { userEntityRef } = principal as { userEntityRef: string };
              return ownersPolicy(permission, userEntityRef.split('/')[1]);
            }),
        }).factory,
        mockServices.rootConfig.factory({
          data: {
            backend: {
              baseUrl: 'http://localhost:7007',
              actions: { pluginSources: ['workspaces'] },
            },
            workspaces: { storage: { directory } },
          },
        }),
      ],
    });

  it('offers its actions, and does for each user what that user may do', async () => {
    const { server } = await start();
    const as = (user: string) => {
      const header = mockCredentials.user.header(`user:default/${user}`);
      const base = '/api/workspaces/.backstage/actions/v1/actions';
      return {
        list: () => request(server).get(base).set('Authorization', header),
        invoke: (action: string, input: object) =>
          request(server)
            .post(`${base}/workspaces:${action}/invoke`)
            .set('Authorization', header)
            .send(input),
        create: (body: object) =>
          request(server)
            .post('/api/workspaces/workspaces')
            .set('Authorization', header)
            .send(body),
      };
    };
    const [ada, bob] = [as('ada'), as('bob')];
    const listed = await ada.list();
    expect(listed.body.actions.map(({ id }: { id: string }) => id)).toEqual([
      'workspaces:list-workspaces',
      'workspaces:explain-run',
      'workspaces:plan-workspace',
      'workspaces:deploy-app',
      'workspaces:retry-run',
      'workspaces:cancel-run',
    ]);
    const source = { type: 'git', url: 'https://git.example.com/web.git' };
    const created = await ada.create({
      name: 'ws-shop',
      apps: [{ name: 'web', source }],
    });
    expect(created.status).toBe(201);

    const input = { workspace: 'ws-shop', app: 'web' };
    const refused = await bob.invoke('deploy-app', input);
    expect([refused.status, refused.body.error.message]).toEqual([
      404,
      'There is no workspace "ws-shop"',
    ]);
    const none = await bob.invoke('list-workspaces', {});
    expect(none.body).toEqual({ output: { items: [] } });

    const deployed = await ada.invoke('deploy-app', input);
    expect(deployed.status).toBe(200);
    expect(deployed.body.output).toMatchObject({
      workspaceName: 'ws-shop',
      createdBy: 'user:default/ada',
    });
    const explained = await ada.invoke('explain-run', {
      workspace: 'ws-shop',
    });
    expect(explained.body.output.id).toBe(deployed.body.output.id);
    const misspelt = await ada.invoke('explain-run', { workspce: 'ws-shop' });
    expect([misspelt.status, misspelt.body.error.message]).toEqual([
      400,
      expect.stringContaining('workspce'),
    ]);
  });
});
