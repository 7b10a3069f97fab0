import { renderInTestApp } from '@backstage/frontend-test-utils';
import List from '@material-ui/core/List';
import ListItem from '@material-ui/core/ListItem';
import { screen, within } from '@testing-library/react';
import type { Endpoint } from '@slipway/backstage-plugin-workspaces-common';
import { SearchResultItem } from '.';
import { ago, endpoint, workspace } from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import { workspacesApiRef } from '../../api';

const foundWorkspace = {
  kind: 'workspace',
  id: 'w1',
  title: 'ws-guestbook',
  text: 'Workspace ws-guestbook',
  location: '/catalog/default/component/guestbook/workspace',
  workspace: 'ws-guestbook',
  owner: 'group:default/guests',
};

const foundEndpoint = {
  ...foundWorkspace,
  kind: 'endpoint',
  id: 'e1',
  title: 'guestbook (ws-guestbook)',
  location: '/catalog/default/component/guestbook/endpoints',
  address: 'http://127.0.0.1:18000/',
};

function show(api: FakeWorkspacesApi, ...results: (typeof foundWorkspace)[]) {
  renderInTestApp(
    <List>
      {results.map(result => (
        <ListItem key={`${result.kind}${result.title}`}>
          <SearchResultItem result={result} />
        </ListItem>
      ))}
    </List>,
    { apis: [[workspacesApiRef, api]] },
  );
}

describe('SearchResultItem', () => {
  it('leads to the page of what was found, and says what that is', async () => {
    show(
      new FakeWorkspacesApi({
        workspace: workspace(),
        endpoints: [endpoint()],
      }),
      foundWorkspace,
      foundEndpoint,
    );
    const [first, second] = await screen.findAllByRole('listitem');
    expect(
      within(first).getByRole('link', { name: 'ws-guestbook' }),
    ).toHaveAttribute('href', foundWorkspace.location);
    expect(within(first).getByText('Workspace')).toBeVisible();
    expect(
      within(second).getByRole('link', { name: 'guestbook (ws-guestbook)' }),
    ).toHaveAttribute('href', foundEndpoint.location);
    expect(within(second).getByText('Endpoint')).toBeVisible();
    expect(
      within(second).getByRole('link', { name: /127\.0\.0\.1:18000/ }),
    ).toHaveAttribute('href', 'http://127.0.0.1:18000/');
  });

  it('shows the state of now, and that it is unknown until it was asked for', async () => {
    const api = new FakeWorkspacesApi({ workspace: workspace() });
    let answer: (endpoint: Endpoint) => void = () => {};
    api.getEndpoint = () =>
      new Promise(resolve => {
        answer = resolve;
      });
    show(api, foundEndpoint);
    expect(await screen.findByText('Unknown')).toBeVisible();
    answer(endpoint({ state: 'down' }));
    expect(await screen.findByText('Down')).toBeVisible();
  });

  it('says that what was deleted since is not there any more', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace({ deletedAt: ago(5) }),
    });
    show(api, foundWorkspace, foundEndpoint);
    expect(await screen.findAllByText('not there any more')).toHaveLength(2);
  });

  it('says why a state is unknown', async () => {
    const api = new FakeWorkspacesApi({ workspace: workspace() });
    api.getWorkspace = async () => {
      throw new Error('the database does not answer');
    };
    show(api, foundWorkspace);
    expect(await screen.findByText(/database does not answer/)).toBeVisible();
    expect(screen.getByText('Unknown')).toBeVisible();
  });

  it('asks once for a result that is drawn again', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      endpoints: [endpoint()],
    });
    const getEndpoint = jest.spyOn(api, 'getEndpoint');
    show(api, foundEndpoint, { ...foundEndpoint, title: 'once more' });
    expect(await screen.findAllByText('Healthy')).toHaveLength(2);
    expect(getEndpoint).toHaveBeenCalledTimes(1);
  });
});
