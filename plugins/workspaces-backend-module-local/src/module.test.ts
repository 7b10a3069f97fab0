import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import { workspaceEnginesExtensionPoint } from '@slipway/backstage-plugin-workspaces-node';
import workspacesModuleLocal from './index';

async function addedBy(data: Parameters<typeof mockServices.rootConfig>[0]) {
  const addEngine = jest.fn();
  const backend = await startTestBackend({
    extensionPoints: [[workspaceEnginesExtensionPoint, { addEngine }]],
    features: [workspacesModuleLocal, mockServices.rootConfig.factory(data)],
  });
  await backend.stop();
  return addEngine;
}

describe('workspacesModuleLocal', () => {
  it('hands over its engine and builder', async () => {
    const addEngine = await addedBy({
      data: {
        workspaces: {
          local: {
            instance: 'mine',
            dockerHost: 'unix:///nonexistent/docker.sock',
            readinessTimeout: '90s',
          },
          images: { 'node:22-slim': 'registry.example.com/node:22-slim' },
        },
      },
    });
    expect(addEngine).toHaveBeenCalledTimes(1);
    const [{ engine, builder }] = addEngine.mock.calls[0];
    expect(engine.id).toBe('local');
    expect(builder.abilities).toEqual({ secrets: true });
  });

  it('adds no engine where the configuration says so', async () => {
    const addEngine = await addedBy({
      data: { workspaces: { local: { enabled: false } } },
    });
    expect(addEngine).not.toHaveBeenCalled();
  });

  it('refuses an instance that cannot be part of a name', async () => {
    await expect(
      addedBy({ data: { workspaces: { local: { instance: 'Not.Mine' } } } }),
    ).rejects.toThrow('workspaces.local.instance: "Not.Mine" must be');
  });
});
