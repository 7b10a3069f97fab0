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
