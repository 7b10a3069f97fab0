import { act, screen, within } from '@testing-library/react';
import type { FixResult } from '@slipway/backstage-plugin-workspaces-common';
import userEvent from '@testing-library/user-event';
import { ago, diagnosis, workspace } from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import { renderPage } from '../../__testUtils__/renderPage';
import { DoctorPage } from '.';

const fix = {
  engine: 'kubernetes',
  id: 'node-trust',
  title: 'Let the nodes trust the registry',
  description: 'On node-1, one node after the other.',
};
const name = `Do it: ${fix.title}`;

function apiWithFix() {
  const nodes = ['node-1', 'node-2'].map(node => ({
    id: node,
    title: `Node ${node} pulls`,
    state: 'failed' as const,
    message: 'unknown authority',
    at: ago(10),
    fixes: [fix],
  }));
  return new FakeWorkspacesApi({ workspace: workspace(), checks: nodes });
}

/** The dialog after its confirmation, while the engine has not answered. */
async function asked() {
  const user = userEvent.setup();
  const api = apiWithFix();
  let answer: (result: FixResult) => void = () => {};
  const fixEngine = jest.spyOn(api, 'fixEngine').mockReturnValueOnce(
    new Promise(resolve => {
      answer = resolve;
    }),
  );
  renderPage(<DoctorPage />, { api });
  await user.click(await screen.findByRole('button', { name }));
  const dialog = screen.getByRole('dialog', { name: fix.title });
  expect(within(dialog).getByText(fix.description)).toBeInTheDocument();
  expect(fixEngine).not.toHaveBeenCalled();
  const listChecks = jest.spyOn(api, 'listChecks');
  await user.click(within(dialog).getByRole('button', { name: 'Do it now' }));
  expect(fixEngine).toHaveBeenCalledWith('kubernetes', 'node-trust');
  return {
    dialog,
    listChecks,
    answer: (result: FixResult) => act(async () => answer(result)),
  };
}

describe('what engines do about checks', () => {
  afterEach(() => jest.restoreAllMocks());

  it('is asked for once for all nodes, says where, and cannot be asked for twice while it is done', async () => {
    const { dialog, answer } = await asked();
    expect(
      within(dialog).getByRole('button', { name: 'Do it now' }),
    ).toBeDisabled();
    await answer({ applied: true, steps: [] });
  });

  it('shows what became of each node, and has the checks made again', async () => {
    const { answer, listChecks } = await asked();
    await answer({
      applied: true,
      steps: ['node-1: changed: it pulls', 'node-2: unchanged: it pulled'],
    });
    expect(
      await screen.findByText('node-1: changed: it pulls'),
    ).toBeInTheDocument();
    expect(
      screen.getByText('node-2: unchanged: it pulled'),
    ).toBeInTheDocument();
    expect(listChecks).toHaveBeenCalledTimes(1);
  });

  it('shows why it failed, and what was done until then', async () => {
    const { dialog, answer, listChecks } = await asked();
    await answer({
      applied: false,
      steps: ['node-1: failed: pods are refused', 'node-2: skipped'],
      diagnosis: { ...diagnosis, cause: 'Privileged pods are refused' },
    });
    expect(
      await within(dialog).findByText(/Privileged pods are refused/),
    ).toBeInTheDocument();
    expect(within(dialog).getByText('node-2: skipped')).toBeInTheDocument();
    expect(listChecks).toHaveBeenCalledTimes(1);
  });
});
