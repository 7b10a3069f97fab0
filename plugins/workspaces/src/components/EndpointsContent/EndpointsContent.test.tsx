import { ConflictError, InputError, NotAllowedError } from '@backstage/errors';
import { workspaceOperatePermission } from '@slipway/backstage-plugin-workspaces-common';
import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { ago, endpoint, workspace } from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import { renderTab } from '../../__testUtils__/renderTab';
import { EndpointsContent } from './EndpointsContent';

async function onlyRow() {
  await screen.findByRole('table');
  return within(screen.getAllByRole('row')[1]);
}

/* eslint-disable-next-line no-script-url */
const RUNS_IN_PAGE = 'javascript:alert(1)';

describe('the tab Endpoints', () => {
  it('shows the address, what it leads to, and how it was seen last', async () => {
    const user = userEvent.setup();
    const write = jest.spyOn(navigator.clipboard, 'writeText');
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      endpoints: [
        endpoint(),
        endpoint({ id: 'e2', app: 'worker', url: 'http://127.0.0.1:18001/' }),
      ],
    });
    renderTab(<EndpointsContent />, { api, at: 'endpoints' });
    const row = await onlyRow();
    expect(screen.getAllByRole('row')).toHaveLength(2);
    expect(row.getByText('Healthy')).toBeInTheDocument();
    expect(
      row.getByRole('link', { name: /127\.0\.0\.1:18000/ }),
    ).toHaveAttribute('href', 'http://127.0.0.1:18000/');
    expect(row.getByText('guestbook :8080 · release 3')).toBeInTheDocument();
    expect(row.getByText('12 ms')).toBeInTheDocument();
    expect(row.getByText('GET / answered 200')).toBeInTheDocument();
    expect(row.getByText(/^\d+ s ago$/)).toBeInTheDocument();

    await user.click(row.getByRole('button', { name: 'Copy 127.0.0.1:18000' }));
    expect(await row.findByText('Copied')).toBeInTheDocument();
    expect(write).toHaveBeenCalledWith('http://127.0.0.1:18000/');
  });

  it('says unknown for what was not observed, and how old an observation is', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      endpoints: [
        endpoint({
          state: 'unknown',
          url: undefined,
          release: undefined,
          observedAt: undefined,
          latencyMilliseconds: undefined,
          message: undefined,
        }),
      ],
    });
    renderTab(<EndpointsContent />, { api, at: 'endpoints' });
    const row = await onlyRow();
    for (const words of [
      'Unknown',
      'not observed yet',
      'no address yet',
      'no probe yet',
      'not measured',
    ]) {
      expect(row.getByText(words)).toBeInTheDocument();
    }
    expect(
      row.getByText('guestbook :8080 · no release serves yet'),
    ).toBeInTheDocument();
    expect(row.queryByRole('link')).not.toBeInTheDocument();

    act(() =>
      api.push({
        type: 'endpoint',
        data: endpoint({
          state: 'down',
          observedAt: ago(720),
          message: 'connection refused by 127.0.0.1:18000',
        }),
      }),
    );
    expect(row.getByText('Down')).toBeInTheDocument();
    expect(row.getByText('12 min ago')).toBeInTheDocument();
    expect(
      row.getByText('connection refused by 127.0.0.1:18000'),
    ).toBeInTheDocument();

    act(() => api.push({ type: 'deleted', data: { workspace: 'w1' } }));
    expect(
      screen.getByRole('heading', {
        name: 'The workspace ws-guestbook was deleted',
      }),
    ).toBeInTheDocument();
    expect(screen.queryByRole('table')).not.toBeInTheDocument();
  });

  it('shows the last hour as it was measured, and nothing where it was not', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      endpoints: [endpoint()],
      histories: {
        e1: {
          intervalSeconds: 60,
          items: [
            {
              at: ago(1_800),
              state: 'healthy',
              probes: 4,
              failed: 0,
              latencyMilliseconds: 20,
            },
            { at: ago(600), state: 'down', probes: 2, failed: 2 },
          ],
        },
      },
    });
    renderTab(<EndpointsContent />, { api, at: 'endpoints' });
    const row = await onlyRow();
    const strip = await row.findByRole('img', {
      name: 'Last hour: 66.6 % of 6 probes answered, nothing measured for 28 min',
    });
    // What a stacked row says in place of the head.
    expect(strip.closest('td')).toHaveAttribute('data-title', 'Last hour');
    expect(
      within(strip)
        .getAllByText(/probes/)
        .map(bar => bar.textContent?.replace(/^\d+ min ago: /, '')),
    ).toEqual(['Healthy, 4 probes, 0 failed', 'Down, 2 probes, 2 failed']);
    expect(row.getByText('20 ms on average')).toBeInTheDocument();
  });

  it('says that nothing was measured, or why that is not known', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      endpoints: [endpoint(), endpoint({ id: 'e2' })],
    });
    const answer = api.getEndpointHistory.bind(api);
    jest
      .spyOn(api, 'getEndpointHistory')
      .mockImplementation(async id =>
        id === 'e1'
          ? answer(id)
          : Promise.reject(new Error('the database is gone')),
      );
    renderTab(<EndpointsContent />, { api, at: 'endpoints' });
    expect(
      await screen.findByRole('img', {
        name: 'Last hour: nothing was measured',
      }),
    ).toBeInTheDocument();
    expect(
      await screen.findByText(/could not be loaded. the database is gone/),
    ).toBeInTheDocument();
  });

  it('moves to another port, and keeps what was typed where that is refused', async () => {
    const user = userEvent.setup();
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      endpoints: [endpoint()],
    });
    const move = jest
      .spyOn(api, 'moveEndpoint')
      .mockRejectedValueOnce(
        new ConflictError(
          'stablePort: Port 18001 is taken by app "b" of workspace "ws-shop"',
        ),
      )
      .mockRejectedValueOnce(
        new InputError(
          'stablePort: 80 is not one of the ports 18000 to 18999 that workspaces.gateway.ports allows',
        ),
      );
    renderTab(<EndpointsContent />, { api, at: 'endpoints' });
    await user.click(
      await screen.findByRole('button', { name: 'Change the port' }),
    );
    const dialog = within(await screen.findByRole('dialog'));
    const port = dialog.getByRole('spinbutton', {
      name: 'Port of this machine',
    });
    const confirm = dialog.getByRole('button', { name: 'Change the port' });
    expect(confirm).toBeDisabled();
    await user.clear(port);
    await user.type(port, '70000');
    expect(dialog.getByRole('status')).toHaveTextContent(
      'The port is a whole number from 1 to 65535.',
    );
    expect(confirm).toBeDisabled();
    await user.clear(port);
    await user.type(port, '18001');
    await user.click(confirm);
    expect(
      await dialog.findByText(/Port 18001 is taken by app "b"/),
    ).toBeInTheDocument();
    expect(port).toHaveValue(18001);
    // What was said of one number is not said of the next.
    await user.clear(port);
    await user.type(port, '80');
    expect(dialog.queryByText(/is taken by app/)).not.toBeInTheDocument();
    expect(dialog.getByRole('status')).toHaveTextContent(
      /taken or not allowed is refused/,
    );
    await user.click(confirm);
    expect(await dialog.findByRole('alert')).toHaveTextContent(
      '80 is not one of the ports 18000 to 18999',
    );
    await user.clear(port);
    await user.type(port, '81');
    expect(dialog.getByRole('status')).toHaveTextContent(
      'The ports 18000 to 18999 are allowed.',
    );
    expect(confirm).toBeDisabled();

    await user.clear(port);
    await user.type(port, '18007');
    await user.click(confirm);
    expect(
      await screen.findByRole('link', { name: /127\.0\.0\.1:18007/ }),
    ).toBeInTheDocument();
    expect(move).toHaveBeenLastCalledWith('e1', 18_007);
  });

  it('offers no other port to those who may not operate, or where there is none', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace({ id: 'w7' }),
      endpoints: [
        endpoint({ workspace: 'w7' }),
        endpoint({ id: 'e2', workspace: 'w7', stablePort: undefined }),
      ],
    });
    renderTab(<EndpointsContent />, {
      api,
      at: 'endpoints',
      refused: [workspaceOperatePermission.name],
    });
    expect(await screen.findAllByText('Healthy')).toHaveLength(2);
    await screen.findAllByRole('img', { name: /Last hour/ });
    expect(
      screen.queryByRole('button', { name: 'Change the port' }),
    ).not.toBeInTheDocument();
  });

  it('makes no link of an address that would run in the page', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      endpoints: [endpoint({ url: RUNS_IN_PAGE })],
    });
    renderTab(<EndpointsContent />, { api, at: 'endpoints' });
    const row = await onlyRow();
    expect(row.getByText(RUNS_IN_PAGE)).toBeInTheDocument();
    expect(row.queryByRole('link')).not.toBeInTheDocument();
  });

  it('says what is missing, failing or forbidden', async () => {
    const api = new FakeWorkspacesApi({ workspace: workspace() });
    jest
      .spyOn(api, 'listEndpoints')
      .mockRejectedValueOnce(new Error('the gateway is gone'))
      .mockRejectedValueOnce(new NotAllowedError('denied by the policy'));
    renderTab(<EndpointsContent />, { api, at: 'endpoints' });
    expect(
      await screen.findByText(/Could not load the endpoints of guestbook/),
    ).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(
      await screen.findByRole('heading', {
        name: 'You may not see the endpoints of guestbook',
      }),
    ).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(
      await screen.findByRole('heading', {
        name: 'guestbook has no endpoint yet',
      }),
    ).toBeInTheDocument();
  });
});
