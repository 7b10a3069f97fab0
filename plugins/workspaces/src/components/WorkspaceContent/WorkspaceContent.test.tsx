import { NotAllowedError } from '@backstage/errors';
import type { Workspace } from '@slipway/backstage-plugin-workspaces-common';
import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  ago,
  dependency,
  endpoint,
  failedRun,
  run,
  runningWorkspace,
  servedApp,
  workspace,
} from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import { renderTab } from '../../__testUtils__/renderTab';
import { summaryOf } from '../observed';
import { WorkspaceContent } from './WorkspaceContent';

const [guestbook] = workspace().apps;

function show(shown: Workspace, given?: FakeWorkspacesApi) {
  const api =
    given ??
    new FakeWorkspacesApi({ workspace: shown, endpoints: [endpoint()] });
  renderTab(<WorkspaceContent />, { api, at: 'workspace' });
  return api;
}

async function table(name: RegExp) {
  return within(await screen.findByRole('table', { name }));
}

describe('the tab Workspace', () => {
  afterEach(() => jest.restoreAllMocks());

  it('shows what runs: apps with replicas, dependencies, endpoints, the newest run', async () => {
    const api = show(runningWorkspace({ lastRun: summaryOf(run()) }));
    expect(
      await screen.findByRole('heading', { name: 'ws-guestbook', level: 2 }),
    ).toBeInTheDocument();
    expect(api.topics).toEqual(['workspace:w1']);
    expect(screen.getByText('engine local')).toBeInTheDocument();
    expect(screen.getByText('size small')).toBeInTheDocument();
    expect(screen.getByText(/seen by the engine/)).toHaveTextContent(
      /seen by the engine \d+ s ago/,
    );
    expect(screen.getByRole('link', { name: 'Run 1' })).toHaveAttribute(
      'href',
      '/catalog/default/component/guestbook/builds/1',
    );

    const apps = await table(/Apps and their replicas/);
    const [, app, replica] = apps.getAllByRole('row');
    expect(app).toHaveTextContent(/^Up.*1 of 1 replica up.*release 3/);
    expect(replica).toHaveTextContent(
      /Replica of guestbook guestbook\.r3\.0.*no restart.*2 h ago.*0.42 cores.*123 MiB/,
    );
    const dependencies = await table(/Dependencies/);
    expect(dependencies.getAllByRole('row')[1]).toHaveTextContent(
      /^Up.*PostgreSQL 16.4.*postgres:5432.*database app · user app.*no restart/,
    );
    const endpoints = await table(/Addresses/);
    expect(
      endpoints.getByRole('link', { name: /127\.0\.0\.1:18000/ }),
    ).toHaveAttribute('href', 'http://127.0.0.1:18000/');
    expect(screen.queryByText('Needs action')).not.toBeInTheDocument();
  });

  it('keeps to what the live stream says of this workspace', async () => {
    const api = show(runningWorkspace());
    await table(/Apps and their replicas/);
    act(() => {
      api.push({
        type: 'workspace',
        data: runningWorkspace({ id: 'w2', apps: [] }),
      });
      api.push({
        type: 'run',
        data: failedRun({ workspace: 'w2', number: 12 }),
      });
      api.push({
        type: 'workspace',
        data: runningWorkspace({
          apps: [
            servedApp({ release: 4, replicas: [] }),
            { ...guestbook, name: 'worker' },
          ],
        }),
      });
    });
    const apps = await table(/Apps and their replicas/);
    expect(apps.getByText('release 4')).toBeInTheDocument();
    expect(apps.getByText('not deployed yet')).toBeInTheDocument();
    expect(screen.queryByText('Run 12')).not.toBeInTheDocument();
    act(() => api.loseConnection());
    expect(screen.getByText('Reconnecting')).toBeInTheDocument();
    expect(apps.getByText('release 4')).toBeInTheDocument();
  });

  it('says unknown, and how old what it shows is, when the engine says nothing now', async () => {
    const [replica] = servedApp().replicas;
    const { cpuCores, memoryBytes, ...unmeasured } = replica;
    show(
      runningWorkspace({
        observedAt: ago(300),
        present: undefined,
        apps: [servedApp({ replicas: [{ ...unmeasured, state: 'unknown' }] })],
        dependencies: [dependency({ state: 'unknown', restarts: undefined })],
      }),
    );
    expect(
      await screen.findByText(/The engine local does not say what it sees now/),
    ).toHaveTextContent(/5 min ago/);
    expect(screen.getByText('Stale')).toBeInTheDocument();
    const apps = await table(/Apps and their replicas/);
    expect(apps.getAllByText('Unknown')).toHaveLength(2);
    expect(apps.getByText('to have 1 replica')).toBeInTheDocument();
    expect(apps.getAllByText('not measured')).toHaveLength(2);
    const dependencies = await table(/Dependencies/);
    expect(dependencies.getByText('Unknown')).toBeInTheDocument();
    expect(dependencies.getByText('restarts not known')).toBeInTheDocument();
    expect(screen.queryByText('Needs action')).not.toBeInTheDocument();
  });

  it.each([
    [
      'nothing was said yet',
      { observedAt: undefined, present: undefined },
      /has not said what it sees/,
    ],
    [
      'nothing was made yet',
      { present: false, apps: [guestbook] },
      /sees nothing of this workspace; a deployment makes it/,
    ],
    [
      'what was deployed is gone',
      { present: false },
      /although apps were deployed to it/,
    ],
  ])('says where %s', async (_, change, said) => {
    show(runningWorkspace(change));
    expect(await screen.findByText(said)).toBeInTheDocument();
  });

  it('says that it is loading, what failed, and what is forbidden', async () => {
    const api = new FakeWorkspacesApi({ workspace: runningWorkspace() });
    let fail: (error: Error) => void = () => {};
    jest
      .spyOn(api, 'getWorkspace')
      .mockReturnValueOnce(
        new Promise<never>((_, reject) => {
          fail = reject;
        }),
      )
      .mockRejectedValueOnce(new NotAllowedError('denied by the policy'));
    jest
      .spyOn(api, 'listEndpoints')
      .mockRejectedValueOnce(new Error('the gateway is gone'));
    show(runningWorkspace(), api);
    expect(
      await screen.findByRole('status', {
        name: 'Loading the workspace ws-guestbook',
      }),
    ).toBeInTheDocument();
    fail(new Error('connection refused by the database'));
    expect(
      await screen.findByText(/Could not load the workspace ws-guestbook/),
    ).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(
      await screen.findByRole('heading', {
        name: 'You may not see the workspace ws-guestbook',
      }),
    ).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'The endpoints could not be loaded. the gateway is gone',
    );
    await table(/Apps and their replicas/);
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(
      await screen.findByText('The stage expose of its first run makes one.'),
    ).toBeInTheDocument();
  });

  it.each([
    ['failed', 'Failed', 'Run 2 failed'],
    ['cancelled', 'Cancelled', 'Run 2 was cancelled'],
  ] as const)(
    'says that the first deployment %s, and leads to it',
    async (state, label, words) => {
      const api = new FakeWorkspacesApi({
        workspace: workspace({ observedAt: ago(2), present: false }),
      });
      show(workspace(), api);
      const apps = await table(/Apps and their replicas/);
      expect(apps.getByText('not deployed yet')).toBeInTheDocument();
      act(() => api.push({ type: 'run', data: failedRun({ state }) }));
      expect(apps.getByText(label)).toBeInTheDocument();
      expect(apps.queryByText('not deployed yet')).not.toBeInTheDocument();
      expect(apps.getByRole('link', { name: words })).toHaveAttribute(
        'href',
        '/catalog/default/component/guestbook/builds/2',
      );
      expect(
        screen.getByText(/before its stage expose made one/),
      ).toHaveTextContent(words);
      expect(screen.queryByText('Pending')).not.toBeInTheDocument();
    },
  );

  it('says of a workspace without apps that it has none', async () => {
    show(workspace({ apps: [] }));
    expect(
      await screen.findByText('This workspace has no app yet.'),
    ).toBeInTheDocument();
    expect(screen.getByText('no run yet')).toBeInTheDocument();
    expect(screen.getByText('Pending')).toBeInTheDocument();
  });

  it('shows the receipt of a workspace that is deleted', async () => {
    const api = show(runningWorkspace());
    await table(/Apps and their replicas/);
    act(() => {
      api.push({
        type: 'workspace',
        data: runningWorkspace({
          deletedAt: ago(1),
          receipt: {
            at: ago(1),
            items: [
              { kind: 'container', name: 'guestbook-3', outcome: 'removed' },
              {
                kind: 'volume',
                name: 'data',
                outcome: 'left',
                reason: 'in use',
              },
            ],
          },
        }),
      });
      api.push({ type: 'deleted', data: { workspace: 'w1' } });
    });
    expect(
      screen.getByRole('heading', {
        name: 'The workspace ws-guestbook was deleted',
      }),
    ).toBeInTheDocument();
    expect(
      screen.getByText('container guestbook-3: removed'),
    ).toBeInTheDocument();
    expect(
      screen.getByText('volume data: is left (in use)'),
    ).toBeInTheDocument();
    expect(screen.queryByRole('table')).not.toBeInTheDocument();
  });
});
