import { NotAllowedError } from '@backstage/errors';
import {
  act,
  fireEvent,
  screen,
  waitFor,
  within,
} from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  ago,
  diagnosis,
  failedRun,
  logLines,
  run,
  runningRun,
  workspace,
} from '../../__testUtils__/data';
import { FakeWorkspacesApi } from '../../__testUtils__/FakeWorkspacesApi';
import { renderTab } from '../../__testUtils__/renderTab';
import { BuildsContent } from '../BuildsContent';

const build = { stage: 'build', app: 'guestbook' } as const;
const [, firstSign] = diagnosis.evidence;

async function theLog() {
  return screen.findByRole('log', { name: 'Log of build guestbook' });
}

function shownLines(
  log: HTMLElement,
): [string | undefined, string | undefined] {
  const rows = [...log.children] as HTMLElement[];
  return [rows[0].dataset.line, rows[rows.length - 1].dataset.line];
}

describe('the log of a stage', () => {
  afterEach(() => jest.restoreAllMocks());

  it('opens at the last lines and fetches the others by pages, never the whole', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      runs: [run()],
    });
    api.setLog({ run: 'r1', ...build }, logLines(12_345), true);
    const getRunLogs = jest.spyOn(api, 'getRunLogs');
    renderTab(<BuildsContent />, {
      api,
      at: 'builds/1?stage=build&app=guestbook',
    });
    const log = await theLog();
    expect(shownLines(log)).toEqual(['11846', '12345']);
    expect(
      screen.getByText('lines 11,846 to 12,345 of 12,345'),
    ).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Later lines' })).toBeDisabled();
    expect(
      screen.queryByRole('button', { name: 'Follow' }),
    ).not.toBeInTheDocument();

    await userEvent.click(
      screen.getByRole('button', { name: 'Earlier lines' }),
    );
    await waitFor(() => expect(shownLines(log)).toEqual(['11346', '12345']));
    await userEvent.click(
      screen.getByRole('button', { name: 'Earlier lines' }),
    );
    await waitFor(() => expect(shownLines(log)).toEqual(['10846', '12345']));
    await userEvent.click(
      screen.getByRole('button', { name: 'Earlier lines' }),
    );
    await waitFor(() => expect(shownLines(log)).toEqual(['10346', '11845']));

    log.focus();
    await userEvent.keyboard('{Home}');
    await waitFor(() => expect(shownLines(log)).toEqual(['1', '500']));
    expect(log).toHaveFocus();
    await userEvent.click(screen.getByRole('button', { name: 'Later lines' }));
    await waitFor(() => expect(shownLines(log)).toEqual(['1', '1000']));
    for (const [request] of getRunLogs.mock.calls)
      expect(request.limit).toBeLessThanOrEqual(500);
  });

  it('is one tab stop, is not announced, and marks a line by key or by its address', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      runs: [run()],
    });
    api.setLog({ run: 'r1', ...build }, logLines(2_000), true);
    renderTab(<BuildsContent />, {
      api,
      at: 'builds/1?stage=build&app=guestbook&line=700',
    });
    const log = await theLog();
    expect(log).toHaveAttribute('aria-live', 'off');
    expect(log.querySelectorAll('a:not([tabindex="-1"])')).toHaveLength(0);
    expect(log.querySelectorAll('a')).toHaveLength(500);
    expect(shownLines(log)).toEqual(['450', '949']);
    const marked = () =>
      log.querySelector('[class*=marked]')?.getAttribute('data-line');
    expect(marked()).toBe('700');

    log.focus();
    await userEvent.keyboard('{ArrowDown}');
    expect(marked()).toBe('701');
    await userEvent.keyboard('{Escape}');
    expect(marked()).toBeUndefined();
    await userEvent.keyboard('{Enter}');
    expect(marked()).toBeDefined();
    expect(log).toHaveFocus();
  });

  it('searches the whole log on the server and steps from hit to hit', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      runs: [run()],
    });
    api.setLog(
      { run: 'r1', ...build },
      logLines(3_000, {
        40: 'WARN one',
        1_500: 'a warn in the middle',
        2_990: 'warn last',
      }),
      true,
    );
    const search = jest.spyOn(api, 'searchRunLogs');
    renderTab(<BuildsContent />, {
      api,
      at: 'builds/1?stage=build&app=guestbook',
    });
    const log = await theLog();
    const field = screen.getByRole('searchbox', { name: 'Search the log' });

    await userEvent.click(field);
    await userEvent.paste('warn');
    expect(await screen.findByText('1 of 3')).toBeInTheDocument();
    expect(search).toHaveBeenCalledTimes(1);
    expect(search).toHaveBeenCalledWith({
      run: 'r1',
      ...build,
      text: 'warn',
      limit: 1_000,
    });
    expect(await within(log).findByText('WARN')).toHaveProperty(
      'tagName',
      'MARK',
    );

    await userEvent.keyboard('{Enter}');
    expect(screen.getByText('2 of 3')).toBeInTheDocument();
    expect(await within(log).findByText(/in the middle/)).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Next hit' }));
    expect(await within(log).findByText(/last/)).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Previous hit' }));
    expect(screen.getByText('2 of 3')).toBeInTheDocument();

    await userEvent.clear(field);
    await userEvent.paste('nowhere');
    expect(await screen.findByText('no hit')).toBeInTheDocument();
    search.mockRejectedValueOnce(new Error('the database is busy'));
    await userEvent.paste('!');
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'The log could not be searched. the database is busy',
    );
  });

  it('follows what is written until the reader scrolls up, and again on demand', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      runs: [runningRun()],
    });
    api.setLog({ run: 'r3', ...build }, logLines(600), false);
    renderTab(<BuildsContent />, { api, at: 'builds/3' });
    const log = await theLog();
    const follow = () => screen.getByRole('button', { name: 'Follow' });
    expect(follow()).toHaveAttribute('aria-pressed', 'true');
    const write = (from: number, count: number, complete = false) =>
      act(() => {
        const items = Array.from({ length: count }, (_, index) => ({
          line: from + index,
          at: ago(0),
          text: `written ${from + index}`,
        }));
        api.push({
          type: 'log',
          data: { run: 'r3', ...build, items, complete },
        });
      });

    write(601, 1_400);
    expect(shownLines(log)).toEqual(['501', '2000']);

    Object.defineProperties(log, {
      scrollHeight: { value: 30_000, configurable: true },
      clientHeight: { value: 600, configurable: true },
    });
    fireEvent.scroll(log, { target: { scrollTop: 29_400 } });
    fireEvent.scroll(log, { target: { scrollTop: 20_000 } });
    expect(follow()).toHaveAttribute('aria-pressed', 'false');
    write(2_001, 10);
    expect(shownLines(log)).toEqual(['501', '2000']);
    expect(screen.getByText('lines 501 to 2,000 of 2,010')).toBeInTheDocument();

    await userEvent.click(follow());
    await waitFor(() => expect(shownLines(log)).toEqual(['1511', '2010']));
    expect(follow()).toHaveAttribute('aria-pressed', 'true');
    write(2_011, 1, true);
    expect(within(log).getByText('written 2011')).toBeInTheDocument();
    expect(
      screen.queryByRole('button', { name: 'Follow' }),
    ).not.toBeInTheDocument();
    await waitFor(() => expect(api.topics).toEqual(['run:r3']));
  });

  it('opens the log of a failed stage at the first error that the evidence quotes', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      runs: [failedRun()],
    });
    api.setLog(
      { run: 'r2', ...build },
      logLines(3_000, { 1_200: firstSign.text }),
      true,
    );
    renderTab(<BuildsContent />, { api, at: 'builds/2' });
    const log = await theLog();
    const line = await within(log).findByText(firstSign.text);
    expect(line.closest('[data-line]')).toHaveAttribute('data-line', '1200');
    expect(line.closest('[data-line]')?.className).toMatch(/error/);

    await userEvent.click(screen.getByRole('button', { name: 'Last lines' }));
    await waitFor(() =>
      expect(within(log).queryByText(firstSign.text)).not.toBeInTheDocument(),
    );
    await userEvent.click(screen.getByRole('button', { name: 'First error' }));
    expect(await within(log).findByText(firstSign.text)).toBeInTheDocument();
  });

  it('shows colours instead of their codes', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      runs: [run()],
    });
    api.setLog(
      { run: 'r1', ...build },
      logLines(1, { 1: '\u001b[31mnpm error\u001b[0m lost' }),
      true,
    );
    renderTab(<BuildsContent />, {
      api,
      at: 'builds/1?stage=build&app=guestbook',
    });
    const log = await theLog();
    expect(within(log).getByText('npm error').className).toMatch(/red/);
    expect(log).toHaveTextContent(/npm error lost$/);
  });

  it('downloads the whole log by pages', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      runs: [run()],
    });
    api.setLog({ run: 'r1', ...build }, logLines(7_000), true);
    renderTab(<BuildsContent />, {
      api,
      at: 'builds/1?stage=build&app=guestbook',
    });
    await theLog();
    const getRunLogs = jest.spyOn(api, 'getRunLogs');
    const saved: Blob[] = [];
    URL.createObjectURL = jest.fn(blob => {
      saved.push(blob as Blob);
      return 'blob:log';
    });
    URL.revokeObjectURL = jest.fn();
    const click = jest
      .spyOn(HTMLAnchorElement.prototype, 'click')
      .mockImplementation(() => {});

    await userEvent.click(
      screen.getByRole('button', { name: 'Download the log' }),
    );
    await waitFor(() => expect(click).toHaveBeenCalled());
    expect(getRunLogs.mock.calls.map(([request]) => request.from)).toEqual([
      1, 5_001,
    ]);
    expect(
      (click.mock.instances[0] as unknown as HTMLAnchorElement).download,
    ).toBe('ws-guestbook-run-1-build-guestbook.log');
    const size = logLines(7_000).reduce(
      (sum, { at, text }) => sum + at.length + text.length + 2,
      0,
    );
    expect(saved[0].size).toBe(size);
  });

  it('says why there is no log to see', async () => {
    const api = new FakeWorkspacesApi({
      workspace: workspace(),
      runs: [failedRun()],
    });
    jest
      .spyOn(api, 'getRunLogs')
      .mockRejectedValueOnce(
        new NotAllowedError('workspaces.workspace.logs.read is denied'),
      );
    renderTab(<BuildsContent />, { api, at: 'builds/2' });
    expect(
      await screen.findByRole('heading', {
        name: 'You may not see the log of build guestbook',
      }),
    ).toBeInTheDocument();
    expect(api.topics).toEqual(['run:r2']);
    const rail = within(screen.getByRole('navigation', { name: 'Stages' }));
    await userEvent.click(rail.getByRole('link', { name: /Skipped deploy/ }));
    expect(
      await screen.findByRole('heading', { name: 'This stage wrote no log.' }),
    ).toBeInTheDocument();
  });
});
