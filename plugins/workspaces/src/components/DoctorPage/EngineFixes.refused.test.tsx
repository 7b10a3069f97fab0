import { screen } from '@testing-library/react';
import { ago, workspace } from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import { renderPage } from '../../__testUtils__/renderPage';
import { DoctorPage } from '.';

// In a file of its own: what is not about one workspace is remembered for all tests of a file.
it('offers what engines do about checks to nobody who may not ask for it', async () => {
  const api = new FakeWorkspacesApi({
    workspace: workspace(),
    checks: [
      {
        id: 'node-1',
        title: 'Node node-1 pulls',
        state: 'failed',
        message: 'unknown authority',
        at: ago(10),
        fixes: [
          {
            engine: 'kubernetes',
            id: 'node-trust',
            title: 'T',
            description: 'D',
          },
        ],
      },
    ],
  });
  renderPage(<DoctorPage />, { api, refused: ['workspaces.engine.fix'] });
  expect(await screen.findByText('Node node-1 pulls')).toBeInTheDocument();
  expect(screen.queryByText('What Slipway can do')).not.toBeInTheDocument();
});
