import { NotAllowedError } from '@backstage/errors';
import type { Check } from '@slipway/backstage-plugin-workspaces-common';
import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { ago, workspace } from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import { renderPage } from '../../__testUtils__/renderPage';
import { DoctorPage } from '.';

function check(id: string, change: Partial<Check> = {}): Check {
  return {
    id,
    title: `Check ${id}`,
    state: 'passed',
    message: `${id} is fine`,
    at: ago(40),
    ...change,
  };
}

const checks = [
  check('database', { message: 'Answers in 3 ms' }),
  check('builder', { state: 'unknown', message: 'Not answered within 15 s' }),
  check('disk', { state: 'warning', message: '41 GiB left' }),
  check('gateway', {
    state: 'failed',
    message: 'No port can be bound on 192.0.2.1',
    fix: 'Set workspaces.gateway.host to an address of this machine',
    fixedBy: 'operator',
  }),
];

function apiWith(items: Check[]) {
  return new FakeWorkspacesApi({ workspace: workspace(), checks: items });
}

describe('the page Doctor', () => {
  afterEach(() => jest.restoreAllMocks());

  it('shows what failed first with its fix, then what warns or is unknown, and quietly what passed', async () => {
    const older = check('clock', { at: ago(125) });
    renderPage(<DoctorPage />, { api: apiWith([...checks, older]) });
    expect(
      await screen.findByRole('heading', {
        name: '1 check failed, 1 warns, 1 is unknown, 2 passed',
      }),
    ).toBeInTheDocument();
    const items = within(
      screen.getByRole('list', { name: 'To be looked at' }),
    ).getAllByRole('listitem');
    expect(
      items.map(item => within(item).getByRole('heading').textContent),
    ).toEqual(['Check gateway', 'Check disk', 'Check builder']);
    const gateway = within(items[0]);
    expect(gateway.getByText('Failed')).toBeInTheDocument();
    expect(
      gateway.getByText('No port can be bound on 192.0.2.1'),
    ).toBeInTheDocument();
    expect(
      gateway.getByText(
        'Set workspaces.gateway.host to an address of this machine',
      ),
    ).toBeInTheDocument();
    expect(gateway.getByText('an operator of this portal')).toBeInTheDocument();
    expect(screen.getByText('Answers in 3 ms')).toBeInTheDocument();
    expect(screen.getByText('2 min ago')).toBeInTheDocument();
  });

  it('makes them again on request, and shows the old answer with its age until then', async () => {
    const user = userEvent.setup();
    const api = apiWith([...checks, check('clock', { at: ago(125) })]);
    renderPage(<DoctorPage />, { api });
    const again = await screen.findByRole('button', { name: 'Run again' });
    let answer: (list: { items: Check[] }) => void = () => {};
    jest.spyOn(api, 'listChecks').mockReturnValueOnce(
      new Promise(resolve => {
        answer = resolve;
      }),
    );
    await user.click(again);
    expect(again).toBeDisabled();
    expect(screen.getByText('Running')).toBeInTheDocument();
    expect(screen.getByText('Check gateway')).toBeInTheDocument();
    expect(screen.getByText('2 min ago')).toBeInTheDocument();
    await act(async () => answer({ items: [check('database')] }));
    expect(
      screen.getByRole('heading', { name: '1 passed' }),
    ).toBeInTheDocument();
    expect(screen.queryByText('Running')).not.toBeInTheDocument();
    expect(screen.queryByText('Check gateway')).not.toBeInTheDocument();
  });

  it('keeps the last answer where a new one cannot be had, and says when it went stale', async () => {
    const user = userEvent.setup();
    const api = apiWith([check('database', { at: ago(400) })]);
    renderPage(<DoctorPage />, { api });
    expect(await screen.findByText('Stale')).toBeInTheDocument();
    jest
      .spyOn(api, 'listChecks')
      .mockRejectedValueOnce(new Error('the backend is gone'));
    await user.click(screen.getByRole('button', { name: 'Run again' }));
    expect(await screen.findByText(/the backend is gone/)).toBeInTheDocument();
    expect(screen.getByText('Check database')).toBeInTheDocument();
  });

  it('copies all of it', async () => {
    const user = userEvent.setup();
    const write = jest.spyOn(navigator.clipboard, 'writeText');
    renderPage(<DoctorPage />, { api: apiWith(checks) });
    await user.click(
      await screen.findByRole('button', { name: 'Copy the report' }),
    );
    expect(write.mock.calls[0][0]).toMatch(
      /failed gateway: Check gateway\nNo port can be bound on 192\.0\.2\.1\nSet workspaces[^]*warning disk[^]*passed database/,
    );
  });

  it('says that it checks, what is missing, failing or forbidden', async () => {
    const api = apiWith([]);
    let fail: (error: Error) => void = () => {};
    jest
      .spyOn(api, 'listChecks')
      .mockReturnValueOnce(
        new Promise((_, reject) => {
          fail = reject;
        }),
      )
      .mockRejectedValueOnce(new NotAllowedError('denied by the policy'));
    renderPage(<DoctorPage />, { api });
    expect(
      await screen.findByRole('status', { name: 'Checking' }),
    ).toBeInTheDocument();
    act(() => fail(new Error('the backend is gone')));
    expect(
      await screen.findByText(/Could not load the checks of this portal/),
    ).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(
      await screen.findByRole('heading', {
        name: 'You may not see the checks of this portal',
      }),
    ).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(
      await screen.findByRole('heading', { name: 'Nothing was checked' }),
    ).toBeInTheDocument();
  });
});
