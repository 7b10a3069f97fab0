import { mockApis } from '@backstage/frontend-test-utils';
import { DefaultWorkspacesApi } from './DefaultWorkspacesApi';

function apiThatAnswers(status: number, body: unknown) {
  const fetch = jest.fn(
    async (_url: string, _init?: RequestInit) =>
      ({
        ok: status < 400,
        status,
        statusText: 'text',
        headers: new Headers({ 'content-type': 'application/json' }),
        json: async () => body,
        text: async () => JSON.stringify(body),
      } as Response),
  );
  const api = new DefaultWorkspacesApi({
    discoveryApi: { getBaseUrl: async () => 'http://portal/api/workspaces' },
    fetchApi: { fetch: fetch as unknown as typeof globalThis.fetch },
    identityApi: mockApis.identity({ token: 'token-of-the-user' }),
  });
  return { api, fetch };
}

describe('DefaultWorkspacesApi', () => {
  it('asks for lines by their numbers, also from the end', async () => {
    const { api, fetch } = apiThatAnswers(200, { items: [] });
    await api.getRunLogs({
      run: 'r1',
      stage: 'build',
      app: 'web',
      from: -500,
      limit: 500,
    });
    await api.searchRunLogs({
      run: 'r1',
      stage: 'migrate',
      text: 'a & b',
      from: 3,
    });
    expect(fetch.mock.calls.map(([url]) => url)).toEqual([
      'http://portal/api/workspaces/runs/r1/logs?stage=build&app=web&fromLine=-500&limit=500',
      'http://portal/api/workspaces/runs/r1/logs/search?stage=migrate&text=a%20%26%20b&fromLine=3',
    ]);
  });

  it('retries from the first stage that failed unless one is named', async () => {
    const { api, fetch } = apiThatAnswers(202, { id: 'r1' });
    await api.retryRun('r1');
    await api.retryRun('r1', 'migrate');
    expect(fetch.mock.calls.map(([, init]) => init?.body)).toEqual([
      '{}',
      '{"from":"migrate"}',
    ]);
  });

  it('asks for a change under a new key, and under the same one where no answer came', async () => {
    const { api, fetch } = apiThatAnswers(202, { id: 'r1' });
    fetch.mockRejectedValueOnce(new TypeError('network is down'));
    await expect(api.scaleApp('w1', 'web', 2)).rejects.toThrow('network');
    await api.scaleApp('w1', 'web', 2);
    await api.scaleApp('w1', 'web', 2);
    await api.restartApp('w1', 'web');
    await api.changePassword('w1', 'postgres');
    const keys = fetch.mock.calls.map(
      ([, init]) =>
        (init?.headers as Record<string, string>)['Idempotency-Key'],
    );
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(keys[1]).toBe(keys[0]);
    expect(new Set(keys).size).toBe(4);
  });

  it('lists live workspaces unless deleted ones are asked for, and names the one to delete twice', async () => {
    const { api, fetch } = apiThatAnswers(200, { items: [] });
    await api.listWorkspaces({ owner: 'group:default/a', deleted: false });
    await api.listWorkspaces({ deleted: true });
    await api.deleteWorkspace('w1', 'ws-guestbook');
    expect(fetch.mock.calls.map(([url]) => url)).toEqual([
      'http://portal/api/workspaces/workspaces?owner=group%3Adefault%2Fa',
      'http://portal/api/workspaces/workspaces?deleted=true',
      'http://portal/api/workspaces/workspaces/w1?confirm=ws-guestbook',
    ]);
  });

  it('lists the endpoints of all workspaces unless one is named, and moves one to another port', async () => {
    const { api, fetch } = apiThatAnswers(200, { items: [] });
    await api.listEndpoints({ limit: 200 });
    await api.moveEndpoint('e1', 18_007);
    expect(
      fetch.mock.calls.map(([url, init]) => [url, init?.method, init?.body]),
    ).toEqual([
      ['http://portal/api/workspaces/endpoints?limit=200', 'GET', undefined],
      [
        'http://portal/api/workspaces/endpoints/e1',
        'PATCH',
        '{"stablePort":18007}',
      ],
    ]);
  });

  it('rejects with the error of the backend', async () => {
    const { api } = apiThatAnswers(404, {
      error: { name: 'NotFoundError', message: 'No run r9' },
      request: { method: 'GET', url: '/runs/r9' },
      response: { statusCode: 404 },
    });
    await expect(api.getRun('r9')).rejects.toMatchObject({
      name: 'ResponseError',
      cause: { name: 'NotFoundError', message: 'No run r9' },
    });
  });
});
