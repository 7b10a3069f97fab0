import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import { searchIndexRegistryExtensionPoint } from '@backstage/plugin-search-backend-node/alpha';
import { searchModuleWorkspacesCollator } from './module';

describe('searchModuleWorkspacesCollator', () => {
  async function start(config: object = {}) {
    const scheduler = mockServices.scheduler.mock();
    const addCollator = jest.fn();
    await startTestBackend({
      extensionPoints: [
        [
          searchIndexRegistryExtensionPoint,
          { addCollator, addDecorator: jest.fn() },
        ],
      ],
      features: [
        searchModuleWorkspacesCollator,
        scheduler.factory,
        mockServices.rootConfig.factory({ data: config }),
      ],
    });
    return { addCollator, createRunner: scheduler.createScheduledTaskRunner };
  }

  it('registers one collator of workspaces, run every ten minutes', async () => {
    const { addCollator, createRunner } = await start();
    expect(addCollator).toHaveBeenCalledTimes(1);
    expect(addCollator.mock.calls[0][0].factory.type).toBe('workspaces');
    expect(createRunner).toHaveBeenCalledWith({
      frequency: { minutes: 10 },
      timeout: { minutes: 15 },
      initialDelay: { seconds: 3 },
    });
  });

  it('runs as often as the configuration says', async () => {
    const { createRunner } = await start(
      withSchedule({ frequency: { seconds: 30 }, timeout: '1m' }),
    );
    expect(createRunner).toHaveBeenCalledWith({
      frequency: { seconds: 30 },
      timeout: { minutes: 1 },
    });
  });

  it('refuses a schedule without a timeout by the name of its key', async () => {
    await expect(
      start(withSchedule({ frequency: { seconds: 30 } })),
    ).rejects.toThrow(
      /search\.collators\.workspaces\.schedule is not a schedule.*timeout/,
    );
  });
});

function withSchedule(schedule: object) {
  return { search: { collators: { workspaces: { schedule } } } };
}
