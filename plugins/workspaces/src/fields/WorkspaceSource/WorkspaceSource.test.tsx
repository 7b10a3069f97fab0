import type {
  SourceInspection,
  SourceToInspect,
} from '@slipway/backstage-plugin-workspaces-common';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { diagnosis, workspace } from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import {
  create,
  goOn,
  renderForm,
  sourcePage,
} from '../__testUtils__/renderForm';

const repository = 'https://git.example.com/team/guestbook.git';

const seen: SourceInspection = {
  revision: '9c1d7aa5f00dbeef9c1d7aa5f00dbeef9c1d7aa5',
  branches: ['main', 'next'],
  dockerfiles: ['Dockerfile'],
  dockerfile: 'Dockerfile',
  port: 3000,
  runtime: 'node',
  baseImages: ['node:22-slim'],
  files: 12,
  sizeBytes: 34_567,
};

/** A backend that sees what the function says, and remembers what it was asked for. */
function backendThatSees(
  look: (
    request: SourceToInspect,
  ) => SourceInspection | Promise<SourceInspection>,
) {
  const api = new FakeWorkspacesApi({ workspace: workspace() });
  const asked: SourceToInspect[] = [];
  api.inspectSource = async request => {
    asked.push(request);
    return look(request);
  };
  return { api, asked };
}

async function enter(label: RegExp, text: string) {
  await userEvent.click(screen.getByRole('textbox', { name: label }));
  await userEvent.paste(text);
}

describe('WorkspaceSource', () => {
  it('takes a git repository, and says what is in it', async () => {
    const { api, asked } = backendThatSees(() => seen);
    const { onCreate } = renderForm([sourcePage], { api });
    expect(
      await screen.findByText(/looked at as soon as it is complete/),
    ).toBeVisible();
    await enter(/Address of the repository/, repository);
    expect(await screen.findByText('9c1d7aa')).toBeVisible();
    expect(screen.getByText('3000, as EXPOSE says')).toBeVisible();
    expect(screen.getByText('node:22-slim')).toBeVisible();
    expect(screen.getByText('12 files, 34 KiB')).toBeVisible();
    expect(
      screen.getByText('The source was looked at: node, Dockerfile'),
    ).toHaveAttribute('role', 'status');
    expect(asked).toEqual([{ source: { type: 'git', url: repository } }]);

    expect(await create(onCreate)).toEqual({
      app: { source: { type: 'git', url: repository }, port: 3000 },
    });
    expect(asked).toHaveLength(1);
  });

  it('suggests the branches that were seen, and looks at the one that is chosen', async () => {
    const { api, asked } = backendThatSees(({ source }) => ({
      ...seen,
      port: source.revision === 'next' ? 4000 : 3000,
    }));
    const { onCreate } = renderForm([sourcePage], { api });
    await enter(/Address of the repository/, repository);
    await screen.findByText('3000, as EXPOSE says');
    await userEvent.click(screen.getByRole('textbox', { name: /Branch, tag/ }));
    await userEvent.click(await screen.findByRole('option', { name: 'next' }));
    expect(await screen.findByText('4000, as EXPOSE says')).toBeVisible();
    expect(asked.at(-1)?.source.revision).toBe('next');
    expect(await create(onCreate)).toEqual({
      app: {
        source: { type: 'git', url: repository, revision: 'next' },
        port: 4000,
      },
    });
  });

  it('ends the look at a source that was changed meanwhile', async () => {
    const api = new FakeWorkspacesApi({ workspace: workspace() });
    const signals: AbortSignal[] = [];
    api.inspectSource = (request, options) =>
      new Promise(resolve => {
        if (options?.signal) signals.push(options.signal);
        if (request.source.path === 'web') resolve(seen);
      });
    renderForm([sourcePage], { api });
    await enter(/Address of the repository/, repository);
    expect(await screen.findByRole('progressbar')).toHaveAccessibleName(
      'Looking at the source',
    );
    await screen.findByText('Looking at the source');
    await enter(/Path within the source/, 'web');
    expect(await screen.findByText('3000, as EXPOSE says')).toBeVisible();
    expect(signals.at(-1)?.aborted).toBe(false);
    expect(signals.slice(0, -1).every(({ aborted }) => aborted)).toBe(true);
  });

  it('asks which of several Dockerfiles is meant, and lets nobody go on before', async () => {
    const { api } = backendThatSees(({ dockerfile }) => ({
      ...seen,
      dockerfiles: ['api/Dockerfile', 'web/Dockerfile'],
      dockerfile,
      port: dockerfile ? 5000 : undefined,
      problem: dockerfile
        ? undefined
        : { ...diagnosis, code: 'DOCKERFILE_AMBIGUOUS' },
    }));
    const { onCreate } = renderForm([sourcePage], { api });
    await enter(/Address of the repository/, repository);
    await screen.findByText('Choose the Dockerfile to build.');
    await goOn();
    expect(
      await screen.findAllByText('Source: choose the Dockerfile to build'),
    ).not.toHaveLength(0);

    await userEvent.click(screen.getByRole('button', { name: /Dockerfile/ }));
    await userEvent.click(
      screen.getByRole('option', { name: 'web/Dockerfile' }),
    );
    expect(await screen.findByText('5000, as EXPOSE says')).toBeVisible();
    expect(
      screen.queryByText('Source: choose the Dockerfile to build'),
    ).toBeNull();
    expect(await create(onCreate)).toEqual({
      app: {
        source: { type: 'git', url: repository },
        dockerfile: 'web/Dockerfile',
        port: 5000,
      },
    });
  });

  it('shows the diagnosis of a source that cannot be built, and goes on when it is mended', async () => {
    let problem: SourceInspection['problem'] = diagnosis;
    const { api } = backendThatSees(() => ({ ...seen, problem }));
    const { onCreate } = renderForm([sourcePage], { api });
    await enter(/Address of the repository/, repository);
    const panel = await screen.findByRole('region', { name: 'Diagnosis' });
    expect(within(panel).getByText(diagnosis.cause)).toBeVisible();
    expect(within(panel).getByText(diagnosis.fix)).toBeVisible();
    await goOn();
    expect(
      await screen.findAllByText(`${diagnosis.cause} ${diagnosis.fix}`),
    ).not.toHaveLength(0);

    problem = undefined;
    await userEvent.click(screen.getByRole('button', { name: 'Look again' }));
    expect(await screen.findByText('3000, as EXPOSE says')).toBeVisible();
    expect(
      screen.queryByText(`${diagnosis.cause} ${diagnosis.fix}`),
    ).toBeNull();
    expect(await create(onCreate)).toMatchObject({ app: { port: 3000 } });
  });

  it('keeps what was typed when the look fails, and tries again', async () => {
    let broken = true;
    const { api } = backendThatSees(() => {
      if (broken) throw new Error('source.url: the host is not allowed');
      return seen;
    });
    renderForm([sourcePage], { api });
    await enter(/Address of the repository/, repository);
    expect(await screen.findByText(/the host is not allowed/)).toBeVisible();
    await goOn();
    expect(
      await screen.findAllByText(/could not be looked at.*not allowed/),
    ).not.toHaveLength(0);
    expect(
      screen.getByRole('textbox', { name: /Address of the repository/ }),
    ).toHaveValue(repository);
    broken = false;
    await userEvent.click(screen.getByRole('button', { name: 'Look again' }));
    expect(await screen.findByText('9c1d7aa')).toBeVisible();
  });

  it('lets those go on who may not look at sources', async () => {
    const { api } = backendThatSees(() => {
      throw Object.assign(
        new Error('no permission workspaces.source.inspect'),
        {
          name: 'NotAllowedError',
        },
      );
    });
    const { onCreate } = renderForm([sourcePage], { api });
    await enter(/Address of the repository/, repository);
    expect(
      await screen.findByText(/You may not look at sources/),
    ).toBeVisible();
    expect(await create(onCreate)).toEqual({
      app: { source: { type: 'git', url: repository } },
    });
  });

  it('stores an access token, and has its reference only', async () => {
    const { api, asked } = backendThatSees(() => seen);
    const createSecret = jest.spyOn(api, 'createSecret');
    const { onCreate } = renderForm([sourcePage], {
      api,
      formData: { owner: 'group:default/team-a' },
    });
    await enter(/Address of the repository/, repository);
    await userEvent.type(screen.getByLabelText('Access token'), 'hush{Enter}');
    expect(
      await screen.findByRole('button', { name: 'Replace Access token' }),
    ).toHaveFocus();
    expect(createSecret).toHaveBeenCalledTimes(1);
    expect(createSecret).toHaveBeenCalledWith({
      owner: 'group:default/team-a',
      description: `Access token for ${repository}`,
      value: 'hush',
    });
    await screen.findByText('9c1d7aa');
    expect(asked.at(-1)?.source.token).toBe('s1');
    const created = await create(onCreate);
    expect(created.app).toMatchObject({ source: { token: 's1' } });
    expect(JSON.stringify(created)).not.toContain('hush');
  });

  it('keeps what was typed for another kind of source', async () => {
    const { api } = backendThatSees(() => seen);
    renderForm([sourcePage], { api });
    await enter(/Address of the repository/, repository);
    await userEvent.click(screen.getByRole('radio', { name: /Folder/ }));
    await enter(/Folder/, '/srv/apps/guestbook');
    await userEvent.click(
      screen.getByRole('radio', { name: 'Git repository' }),
    );
    expect(
      screen.getByRole('textbox', { name: /Address of the repository/ }),
    ).toHaveValue(repository);
    await userEvent.click(screen.getByRole('radio', { name: /Folder/ }));
    expect(screen.getByRole('textbox', { name: /Folder/ })).toHaveValue(
      '/srv/apps/guestbook',
    );
  });

  it('lets nobody go on without a source', async () => {
    const { api } = backendThatSees(() => seen);
    renderForm([sourcePage], { api });
    await userEvent.click(await screen.findByRole('radio', { name: 'Upload' }));
    await goOn();
    expect(
      await screen.findAllByText(/upload a zip or tar\.gz, and wait/),
    ).not.toHaveLength(0);
    expect(screen.queryByRole('button', { name: 'Create' })).toBeNull();
  });
});
