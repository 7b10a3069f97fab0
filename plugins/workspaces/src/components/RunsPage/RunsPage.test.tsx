import type { Run } from '@slipway/backstage-plugin-workspaces-common';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  failedRun,
  run,
  runningRun,
  stages,
  workspace,
} from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import { renderTab } from '../../__testUtils__/renderTab';
import { BuildsContent } from '../BuildsContent';

const oldCommit = '41f0c3e'.padEnd(40, '0');
const newCommit = '9c1d7aa'.padEnd(40, '0');

function built(number: number, revision: string): Run {
  const digest = `sha256:${String(number).repeat(64)}`;
  return run({
    id: `b${number}`,
    number,
    stages: stages({ done: 8, start: 100 }).map(stage => ({
      ...stage,
      outputs: {
        fetch: { revision },
        build: { image: `slipway/guestbook@${digest}`, digest },
        deploy: { release: number },
        expose: { url: 'http://127.0.0.1:18000/' },
        verify: { release: number },
      }[stage.name as string],
    })),
  });
}

function rowOf(name: RegExp) {
  return screen.getByRole('link', { name }).closest('tr')!;
}

function show(at: string, runs: Run[], refused?: string[]) {
  const api = new FakeWorkspacesApi({
    workspace: workspace({ id: runs[0].workspace }),
    runs,
  });
  renderTab(<BuildsContent />, { api, at, refused });
  return api;
}

describe('what runs changed and made', () => {
  it('stands in the list: from which revision to which, and the releases', async () => {
    show('builds', [
      built(1, oldCommit),
      built(2, newCommit),
      built(3, newCommit),
    ]);
    await screen.findByRole('link', { name: /^3 / });
    expect(rowOf(/^3 /)).toHaveTextContent(/same source 9c1d7aa · /);
    expect(rowOf(/^3 /)).toHaveTextContent(/release 3/);
    expect(rowOf(/^2 /)).toHaveTextContent(/41f0c3e →to 9c1d7aa · /);
    expect(rowOf(/^1 /)).toHaveTextContent(/Deploy guestbook41f0c3e · /);
  });

  it('stands on the page of the run: source, image, release, address', async () => {
    show('builds/2', [built(1, oldCommit), built(2, newCommit)]);
    const made = within(
      await screen.findByRole('table', { name: 'What this run made' }),
    );
    expect(await made.findByText('41f0c3e')).toBeInTheDocument();
    const [, row] = made.getAllByRole('row');
    expect(row).toHaveTextContent(
      /guestbook.*41f0c3e.*9c1d7aa.*sha256:2222222.*2verified.*127.0.0.1:18000/,
    );
    expect(
      made.getByRole('button', { name: 'Copy the image of guestbook' }),
    ).toBeInTheDocument();
  });

  it('says what built an image, and what people must know of that', async () => {
    const made = built(2, newCommit);
    const builder = {
      name: 'kaniko',
      why: 'it needs nothing of the nodes',
      warning: 'Build only what you trust.',
    };
    made.stages = made.stages.map(stage =>
      stage.name === 'build'
        ? { ...stage, outputs: { ...stage.outputs, builder } }
        : stage,
    );
    show('builds/2', [made]);
    expect(
      await screen.findByText(
        'by kaniko, because it needs nothing of the nodes',
      ),
    ).toBeInTheDocument();
    expect(screen.getByText('Build only what you trust.')).toBeInTheDocument();
  });

  it('says of a run that failed how far it got', async () => {
    const failed = failedRun();
    failed.stages = failed.stages.map(stage =>
      stage.name === 'fetch'
        ? { ...stage, outputs: { revision: newCommit } }
        : stage,
    );
    show('builds/2', [failed]);
    const made = within(
      await screen.findByRole('table', { name: 'What this run made' }),
    );
    expect(made.getByText('9c1d7aa')).toBeInTheDocument();
    expect(made.getAllByText('none')).toHaveLength(3);
  });
});

describe('what can be done from the builds', () => {
  it('deploys the app again', async () => {
    const user = userEvent.setup();
    const api = show('builds', [run()]);
    const start = jest.spyOn(api, 'startRun');
    await user.click(
      await screen.findByRole('button', { name: 'Deploy again' }),
    );
    const dialog = within(await screen.findByRole('dialog'));
    await user.click(dialog.getByRole('button', { name: 'Deploy again' }));
    expect(start).toHaveBeenCalledWith('w1', { apps: [{ name: 'guestbook' }] });
    expect(
      await screen.findByRole('heading', { name: 'Run 2 Deploy guestbook' }),
    ).toBeInTheDocument();
  });

  it('rolls the app back', async () => {
    const user = userEvent.setup();
    show('builds', [run()]);
    await user.click(await screen.findByRole('button', { name: 'Roll back' }));
    expect(
      await screen.findByRole('dialog', { name: 'Roll back guestbook' }),
    ).toBeInTheDocument();
  });

  it('is not offered to those who may not', async () => {
    const refused = [
      'workspaces.workspace.deploy',
      'workspaces.workspace.operate',
    ];
    const workspaceId = 'w-of-others';
    show('builds', [run({ workspace: workspaceId })], refused);
    await screen.findByRole('link', { name: /^1 / });
    expect(screen.queryByRole('button')).not.toBeInTheDocument();
  });

  it.each([
    ['retry a run that failed', failedRun],
    ['cancel a run that goes on', runningRun],
  ])('does not let those who may not %s', async (_, make) => {
    const refused = [
      'workspaces.workspace.deploy',
      'workspaces.workspace.operate',
    ];
    const given = make({ workspace: 'w-of-others', number: 5 });
    show('builds/5', [given], refused);
    expect(
      await screen.findByRole('heading', { name: /^Run 5/ }),
    ).toBeInTheDocument();
    expect(
      screen.queryByRole('button', { name: /Retry|Cancel/ }),
    ).not.toBeInTheDocument();
  });
});
