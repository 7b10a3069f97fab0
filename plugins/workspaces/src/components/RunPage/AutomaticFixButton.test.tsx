import { screen } from '@testing-library/react';
import {
  diagnosis,
  failedRun,
  withStage,
  workspace,
} from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import { renderTab } from '../../__testUtils__/renderTab';
import { BuildsContent } from '../BuildsContent';

// In a file of its own: what is not about one workspace is remembered for all tests of a file.
it('names the permission to who may not let Slipway change what all share', async () => {
  const failed = failedRun();
  const stages = withStage(failed.stages, 'build', {
    diagnosis: {
      ...diagnosis,
      autoFix: { id: 'trust', title: 'Trust the registry', scope: 'engine' },
    },
  });
  const api = new FakeWorkspacesApi({
    workspace: workspace(),
    runs: [{ ...failed, stages }],
  });
  renderTab(<BuildsContent />, {
    api,
    at: 'builds/2',
    refused: ['workspaces.engine.fix'],
  });
  expect(
    await screen.findByText(/with the permission workspaces.engine.fix/),
  ).toBeInTheDocument();
  expect(
    screen.queryByRole('button', { name: 'Let Slipway fix it' }),
  ).not.toBeInTheDocument();
});
