import { mockServices } from '@backstage/backend-test-utils';
import type { EntityProviderMutation } from '@backstage/plugin-catalog-node';
import type { Workspace } from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspacesService } from '@slipway/backstage-plugin-workspaces-node';
import { WorkspaceEntityProvider } from './WorkspaceEntityProvider';

function workspace(label: string, apps: string[]): Workspace {
  return {
    id: label,
    name: `ws-${label}`,
    owner: 'group:default/guests',
    engine: 'local',
    size: 'small',
    createdBy: 'user:default/guest',
    createdAt: '2026-01-01T00:00:00.000Z',
    dependencies: [],
    apps: apps.map(name => ({
      name,
      entityRef: `component:default/${
        name === label ? name : `${label}.${name}`
      }`,
      spec: { name, source: { type: 'upload', upload: 'u' } },
      replicas: [],
    })),
  };
}

/** Answers pages as the core does; `undefined` stands for a core that answers 503. */
function setUp(pages: (Workspace[] | undefined)[]) {
  const listWorkspaces = jest.fn(
    async ({ query }: { query: { cursor?: string } }) => {
      const index = Number(query.cursor ?? 0);
      const items = pages[index];
      if (!items)
        return new Response('{}', {
          status: 503,
          statusText: 'Service Unavailable',
        });
      return Response.json({
        items,
        nextCursor: index + 1 < pages.length ? String(index + 1) : undefined,
      });
    },
  );
  const mutations: EntityProviderMutation[] = [];
  const provider = new WorkspaceEntityProvider({
    workspaces: { listWorkspaces } as unknown as WorkspacesService,
    auth: mockServices.auth(),
    logger: mockServices.logger.mock(),
  });
  const connect = () =>
    provider.connect({
      applyMutation: async mutation => {
        mutations.push(mutation);
      },
      refresh: async () => undefined,
    });
  return { provider, connect, mutations };
}

describe('WorkspaceEntityProvider', () => {
  it('makes one Component per app of all pages, annotated with workspace and app', async () => {
    const { provider, connect, mutations } = setUp([
      [workspace('guestbook', ['guestbook'])],
      [workspace('shop', ['web', 'api'])],
    ]);
    await connect();
    await provider.refresh();
    const [mutation] = mutations;
    if (mutation.type !== 'full') throw new Error('not a full mutation');
    expect(
      mutation.entities.map(({ entity }) => [
        entity.metadata.name,
        entity.metadata.annotations,
        entity.spec?.owner,
      ]),
    ).toEqual([
      [
        'guestbook',
        expect.objectContaining({
          'slipway.dev/workspace': 'ws-guestbook',
          'slipway.dev/app': 'guestbook',
        }),
        'group:default/guests',
      ],
      [
        'shop.web',
        expect.objectContaining({
          'slipway.dev/workspace': 'ws-shop',
          'slipway.dev/app': 'web',
        }),
        'group:default/guests',
      ],
      [
        'shop.api',
        expect.objectContaining({
          'slipway.dev/workspace': 'ws-shop',
          'slipway.dev/app': 'api',
        }),
        'group:default/guests',
      ],
    ]);
  });

  it('leaves the catalog as it is when the core does not answer', async () => {
    const { provider, connect, mutations } = setUp([undefined]);
    await connect();
    await expect(provider.refresh()).rejects.toThrow('503');
    expect(mutations).toEqual([]);
  });
});
