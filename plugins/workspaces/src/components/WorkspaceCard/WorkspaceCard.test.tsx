import { NotFoundError } from '@backstage/errors';
import { act, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  ago,
  endpoint,
  failedRun,
  run,
  workspace,
} from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import { renderTab } from '../../__testUtils__/renderTab';
import { summaryOf } from '../observed';
import { WorkspaceCard } from '.';

const [app] = workspace().apps;
const deployed = workspace({
  observedAt: ago(2),
  present: true,
  apps: [
    {
      ...app,
      release: 3,
      replicas: [{ id: 'c1', release: 3, state: 'running', restarts: 0 }],
    },
  ],
  lastRun: summaryOf(run({ number: 12 })),
});

describe('the card of the workspace', () => {
  it('says how the app stands, where it answers, what serves, and what happened last', async () => {
    const api = new FakeWorkspacesApi({
      workspace: deployed,
      endpoints: [endpoint(), endpoint({ id: 'e2', app: 'worker' })],
    });
    renderTab(<WorkspaceCard />, { api, at: 'overview' });
    expect(await screen.findByText('Up')).toBeInTheDocument();
    expect(
      await screen.findByRole('link', { name: /127\.0\.0\.1:18000/ }),
    ).toHaveAttribute('href', 'http://127.0.0.1:18000/');
    expect(screen.getByText('3')).toBeInTheDocument();
    expect(
      screen.getByRole('link', { name: 'Deploy, run 12' }),
    ).toHaveAttribute('href', '/catalog/default/component/guestbook/builds/12');
    expect(
      screen.getByRole('link', { name: 'Open the workspace' }),
    ).toHaveAttribute('href', '/catalog/default/component/guestbook/workspace');

    act(() => {
      api.push({ type: 'endpoint', data: endpoint({ state: 'down' }) });
      api.push({ type: 'run', data: failedRun({ number: 13 }) });
    });
    expect(screen.getByText('Down')).toBeInTheDocument();
    expect(screen.getByText('BUILD_STEP_FAILED')).toBeInTheDocument();

    act(() => api.push({ type: 'deleted', data: { workspace: 'w1' } }));
    expect(
      screen.getByText('The workspace ws-guestbook was deleted'),
    ).toBeInTheDocument();
  });

  it('claims nothing of what was not deployed', async () => {
    const api = new FakeWorkspacesApi({ workspace: workspace() });
    renderTab(<WorkspaceCard />, { api, at: 'overview' });
    for (const words of [
      'Pending',
      'no address yet',
      'no release serves yet',
      'no run yet',
    ])
      expect(await screen.findByText(words)).toBeInTheDocument();
  });

  it('says why it has nothing to show', async () => {
    const api = new FakeWorkspacesApi({ workspace: deployed });
    jest
      .spyOn(api, 'getWorkspace')
      .mockRejectedValueOnce(new NotFoundError('There is no such workspace'));
    renderTab(<WorkspaceCard />, { api, at: 'overview' });
    expect(
      await screen.findByText('Could not find the workspace ws-guestbook'),
    ).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('Up')).toBeInTheDocument();
  });
});
