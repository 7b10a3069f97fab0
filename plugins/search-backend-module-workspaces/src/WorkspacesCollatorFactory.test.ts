import { mockServices } from '@backstage/backend-test-utils';
import { TestPipeline } from '@backstage/plugin-search-backend-node';
import {
  WorkspacesClient,
  workspaceReadPermission,
} from '@slipway/backstage-plugin-workspaces-common';
import { Core, endpoint, workspace } from './__testUtils__/core';
import { WorkspacesCollatorFactory } from './WorkspacesCollatorFactory';

describe('WorkspacesCollatorFactory', () => {
  let core: Core;

  beforeEach(async () => {
    core = await Core.start();
  });

  afterEach(() => core.stop());

  function createFactory() {
    return new WorkspacesCollatorFactory({
      workspaces: new WorkspacesClient({
        discoveryApi: { getBaseUrl: async () => core.url },
      }),
      auth: mockServices.auth({ pluginId: 'search' }),
    });
  }

  async function collate() {
    const collator = await createFactory().getCollator();
    return TestPipeline.fromCollator(collator).execute();
  }

  it('makes a document of each workspace and each endpoint of all pages', async () => {
    core.content = {
      workspaces: [
        [workspace('guestbook', ['guestbook'])],
        [workspace('shop', ['web', 'api'])],
      ],
      endpoints: [[endpoint('shop', 'web')], [endpoint('shop', 'api')]],
    };
    const { error, documents } = await collate();
    expect(error).toBeUndefined();
    expect(documents.map(({ title, location }) => [title, location])).toEqual([
      ['ws-guestbook', '/catalog/default/component/guestbook/workspace'],
      ['ws-shop', '/catalog/default/component/web/workspace'],
      ['web (ws-shop)', '/catalog/default/component/web/endpoints'],
      ['api (ws-shop)', '/catalog/default/component/api/endpoints'],
    ]);
  });

  it('is found by names, owner and address', async () => {
    core.content = {
      workspaces: [[workspace('shop', ['web', 'api'])]],
      endpoints: [[endpoint('shop', 'web')]],
    };
    const { documents } = await collate();
    expect(documents.map(({ text }) => text)).toEqual([
      'Workspace ws-shop of group:default/guests with web, api',
      'Endpoint of web in ws-shop of group:default/guests at http://127.0.0.1:18000/',
    ]);
  });

  it('leads to the list of workspaces where there is no app whose page could open', async () => {
    core.content = { workspaces: [[workspace('empty', [])]], endpoints: [[]] };
    const { documents } = await collate();
    expect(documents).toEqual([
      expect.objectContaining({
        text: 'Workspace ws-empty of group:default/guests',
        location: '/workspaces?text=ws-empty',
      }),
    ]);
  });

  it('names in every document the workspace that one must be allowed to read', async () => {
    core.content = {
      workspaces: [[workspace('shop', ['web']), workspace('empty', [])]],
      endpoints: [[endpoint('shop', 'web'), endpoint('shop', 'api')]],
    };
    const { documents } = await collate();
    expect(documents.map(document => document.authorization)).toEqual([
      { resourceRef: 'id-of-shop' },
      { resourceRef: 'id-of-empty' },
      { resourceRef: 'id-of-shop' },
      { resourceRef: 'id-of-shop' },
    ]);
    expect(createFactory().visibilityPermission).toBe(workspaceReadPermission);
  });

  it('indexes no specification, no environment and no state', async () => {
    core.content = {
      workspaces: [[workspace('shop', ['web'])]],
      endpoints: [[endpoint('shop', 'web')]],
    };
    const { documents } = await collate();
    const indexed = JSON.stringify(documents);
    for (const kept of [
      'hunter2',
      'PASSWORD',
      'git.example',
      'down',
      'refused',
    ])
      expect(indexed).not.toContain(kept);
  });

  it('fails with the answer of the core instead of indexing what it could read', async () => {
    core.content = {
      workspaces: [[workspace('shop', ['web'])]],
      endpoints: [],
    };
    const { error } = await collate();
    expect(error).toMatchObject({
      name: 'ResponseError',
      statusCode: 503,
      cause: { message: 'said by the core' },
    });
  });
});
