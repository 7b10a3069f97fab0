import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import { workspace } from '../../__testUtils__/data';
import { forget, inspect } from './inspections';

const source = (url: string) => ({ source: { type: 'git' as const, url } });

describe('inspect', () => {
  function createApi() {
    const api = new FakeWorkspacesApi({ workspace: workspace() });
    return { api, inspectSource: jest.spyOn(api, 'inspectSource') };
  }

  it('looks at a source once, until it is forgotten', async () => {
    const { api, inspectSource } = createApi();
    const first = inspect(api, source('https://one'));
    expect(inspect(api, source('https://one'))).toBe(first);
    expect(inspect(api, source('https://other'))).not.toBe(first);
    forget(api, source('https://one'));
    expect(inspect(api, source('https://one'))).not.toBe(first);
    expect(inspectSource).toHaveBeenCalledTimes(3);
  });

  it('does not keep a look that failed', async () => {
    const { api, inspectSource } = createApi();
    inspectSource.mockRejectedValueOnce(new Error('no answer'));
    const failed = inspect(api, source('https://one'));
    await expect(failed.answer).rejects.toThrow('no answer');
    await expect(
      inspect(api, source('https://one')).answer,
    ).resolves.toMatchObject({ dockerfile: 'Dockerfile' });
  });

  it('ends a look in the backend', () => {
    const { api, inspectSource } = createApi();
    inspect(api, source('https://one')).stop();
    expect(inspectSource.mock.calls[0][1]?.signal?.aborted).toBe(true);
  });
});
