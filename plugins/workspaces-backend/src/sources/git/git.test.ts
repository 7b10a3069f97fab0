import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { LookupAddress } from 'node:dns';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import { diagnose } from '../../diagnosis/diagnose';
import { AddressGuard } from '../guard/addresses';
import { defaultLimits, type SourceLimits } from '../settings';
import { filesBelow, TemporaryFolders } from '../__testUtils__/temporary';
import { GitServer, write } from '../__testUtils__/GitServer';
import { fetchRepository, type FetchedRepository } from './fetchRepository';

jest.setTimeout(60_000);

const folders = new TemporaryFolders();
const commits: Record<string, string> = {};
const inherited = { ...process.env };
let server: GitServer;

beforeAll(async () => {
  server = await GitServer.start(await folders.make());
  await server.create('app.git', async (git, folder) => {
    await write(folder, 'Dockerfile', 'FROM scratch\n');
    await write(folder, 'start.sh', '#!/bin/sh\n');
    await chmod(path.join(folder, 'start.sh'), 0o755);
    await symlink('docs/README.md', path.join(folder, 'README.md'));
    await write(folder, 'docs/README.md', 'read me $Format:%H$');
    await write(
      folder,
      '.gitattributes',
      'Dockerfile export-ignore\ndocs/* export-subst\n',
    );
    git('add', '.');
    git('commit', '-q', '-m', 'one');
    commits.one = git('rev-parse', 'HEAD');
    git('tag', 'v1');
    git('tag', '-a', '-m', 'annotated', 'v1-annotated');
    await write(folder, 'second.txt', 'second');
    git('add', '.');
    git('commit', '-q', '-m', 'two');
    commits.two = git('rev-parse', 'HEAD');
    git('checkout', '-q', '-b', 'feature/x', 'v1');
    await write(folder, 'feature.txt', 'feature');
    git('add', '.');
    git('commit', '-q', '-m', 'three');
    commits.feature = git('rev-parse', 'HEAD');
    git('checkout', '-q', 'main');
  });
  process.env.GIT_SSL_CAINFO = server.certificates.authority;
}, 60_000);

afterAll(async () => {
  await server?.stop();
  process.env = inherited;
  await folders.remove();
});

beforeEach(() => {
  process.env.GIT_SSL_CAINFO = server.certificates.authority;
  server.onRequest = () => {};
});

interface Attempt {
  url?: string;
  revision?: string;
  token?: string;
  withBranches?: boolean;
  allow?: string[];
  addresses?: () => LookupAddress[];
  limits?: Partial<SourceLimits>;
  signal?: AbortSignal;
}

async function attempt(
  options: Attempt = {},
): Promise<FetchedRepository & { lines: string[] }> {
  const lines: string[] = [];
  const addresses =
    options.addresses ?? (() => [{ address: '127.0.0.1', family: 4 }]);
  const fetched = await fetchRepository(await folders.make(), {
    url: options.url ?? server.url('public/app.git'),
    revision: options.revision,
    token: options.token,
    withBranches: options.withBranches ?? false,
    guard: new AddressGuard(
      options.allow ?? [
        `localhost:${server.port}`,
        `git.example:${server.port}`,
      ],
      async () => addresses(),
    ),
    limits: { ...defaultLimits, ...options.limits },
    log: line => lines.push(line),
    signal: options.signal ?? new AbortController().signal,
  });
  return { ...fetched, lines };
}

async function failure(options: Attempt): Promise<EngineError> {
  const error = await attempt(options).catch(reason => reason);
  expect(error).toBeInstanceOf(EngineError);
  return error;
}

/** What the page names the failure. */
function codeOf({ message, evidence }: EngineError): string {
  return diagnose({ stage: 'fetch', message, evidence }).code;
}

describe('git', () => {
  it('brings the files of the default branch as they were committed, links aside', async () => {
    const { root, links, commit, lines, branches } = await attempt();
    expect(commit).toBe(commits.two);
    expect(await filesBelow(root)).toEqual([
      '.gitattributes',
      'Dockerfile',
      'docs/',
      'docs/README.md',
      'second.txt',
      'start.sh',
    ]);
    expect([...links]).toEqual([['README.md', 'docs/README.md']]);
    expect(await readFile(path.join(root, 'docs/README.md'), 'utf8')).toBe(
      'read me $Format:%H$',
    );
    expect((await stat(path.join(root, 'start.sh'))).mode & 0o777).toBe(0o755);
    expect(lines).toEqual([
      `${server.url('public/app.git')}: the default branch is commit ${
        commits.two
      }`,
    ]);
    expect(branches).toBeUndefined();
  });

  it.each([
    ['main', 'two'],
    ['feature/x', 'feature'],
    ['refs/heads/feature/x', 'feature'],
    ['v1', 'one'],
    ['v1-annotated', 'one'],
  ])('brings the revision %s', async (revision, expected) => {
    expect((await attempt({ revision })).commit).toBe(commits[expected]);
  });

  it('brings a commit that is no branch any more', async () => {
    const { commit, root } = await attempt({ revision: commits.one });
    expect(commit).toBe(commits.one);
    expect(await filesBelow(root)).not.toContain('second.txt');
  });

  it('lists branches, then tags', async () => {
    const { branches } = await attempt({ withBranches: true });
    expect(branches).toEqual(['feature/x', 'main', 'v1', 'v1-annotated']);
  });

  it('connects to the checked address and to no other', async () => {
    // No name service knows git.example; git reaches it all the same.
    const url = `https://git.example:${server.port}/public/app.git`;
    expect((await attempt({ url })).commit).toBe(commits.two);
    // And where the checked address is another, the one that "localhost" has is not tried.
    const { evidence } = await failure({
      addresses: () => [{ address: '127.0.0.2', family: 4 }],
    });
    expect(evidence[0].text).toMatch(
      /Failed to connect to localhost port|Couldn't connect to server|Connection refused/,
    );
  });

  it('D16 refuses an address that configuration does not allow before git runs', async () => {
    const seen = jest.fn();
    server.onRequest = seen;
    const { evidence } = await failure({ allow: [] });
    expect(evidence[0].facts?.rule).toBe('address');
    expect(evidence[0].text).toContain(
      `workspaces.sources.allow: ['localhost:${server.port}']`,
    );
    expect(seen).not.toHaveBeenCalled();
  });

  it('D16 follows no redirect', async () => {
    const error = await failure({ url: server.url('moved/app.git') });
    const { evidence } = error;
    expect(codeOf(error)).toBe('SOURCE_REJECTED');
    expect(evidence[0].facts?.rule).toBe('address');
    expect(evidence[0].text).toContain(
      'redirects, which is not followed; give the address that it leads to',
    );
    expect(evidence[0].text).toContain('The requested URL returned error: 301');
  });

  it('D16 follows no redirect for a commit either', async () => {
    const { evidence } = await failure({
      url: server.url('moved/app.git'),
      revision: commits.one,
    });
    expect(evidence[0].text).toContain('redirects, which is not followed');
  });

  it('says that a branch, and that a commit, is not there, in the words of git', async () => {
    const branch = await failure({ revision: 'nowhere' });
    expect(branch.evidence[0]).toMatchObject({
      kind: 'error',
      source: 'git fetch',
      text: "fatal: couldn't find remote ref nowhere",
      first: true,
      facts: {
        url: server.url('public/app.git'),
        revision: 'nowhere',
        token: false,
        exitCode: 128,
      },
    });
    const commit = await failure({
      revision: '0123456789012345678901234567890123456789',
    });
    expect([codeOf(branch), codeOf(commit)]).toEqual([
      'GIT_REF_MISSING',
      'GIT_REF_MISSING',
    ]);
    expect(commit.evidence[0].text).toContain(
      'not our ref 0123456789012345678901234567890123456789',
    );
  });

  it('says that a repository is not there', async () => {
    const error = await failure({ url: server.url('public/none.git') });
    expect(codeOf(error)).toBe('GIT_AUTH'); // servers hide a private one like this, too
    expect(error.evidence[0].text).toMatch(
      /repository '.*none\.git\/' not found/,
    );
  });

  it('says that a host does not answer, and that it has no address', async () => {
    const refused = await failure({
      url: 'https://localhost:9/app.git',
      allow: ['localhost:9'],
    });
    expect(codeOf(refused)).toBe('GIT_HOST_UNREACHABLE');
    expect(refused.evidence[0].text).toMatch(
      /unable to access .*(Failed to connect|Couldn't connect|Connection refused)/,
    );
    const unknown = await failure({
      addresses: () => {
        throw new Error('getaddrinfo ENOTFOUND localhost');
      },
    });
    expect(codeOf(unknown)).toBe('GIT_HOST_UNREACHABLE');
    expect(unknown.evidence[0].text).toBe(
      'Could not resolve host: localhost (getaddrinfo ENOTFOUND localhost)',
    );
  });

  it('says that a certificate is not trusted, and honours GIT_SSL_CAINFO', async () => {
    delete process.env.GIT_SSL_CAINFO;
    const error = await failure({});
    expect(codeOf(error)).toBe('GIT_TLS');
    expect(error.evidence[0].text).toMatch(/certificate/i);
    process.env.GIT_SSL_CAINFO = server.certificates.authority;
    expect((await attempt()).commit).toBe(commits.two);
  });

  it('ignores what configuration, environment and proxies of the machine say', async () => {
    const home = await folders.with({
      '.gitconfig':
        '[http]\n\tproxy = http://127.0.0.1:9\n[url "https://127.0.0.1:9/"]\n\tinsteadOf = https://localhost\n',
    });
    Object.assign(process.env, {
      HOME: home,
      https_proxy: 'http://127.0.0.1:9',
      GIT_SSL_NO_VERIFY: '1',
      GIT_TRACE: '2',
    });
    try {
      expect((await attempt()).commit).toBe(commits.two);
    } finally {
      for (const name of ['https_proxy', 'GIT_SSL_NO_VERIFY', 'GIT_TRACE'])
        delete process.env[name];
      process.env.HOME = inherited.HOME;
    }
  });

  it('ends git and its helpers when it is told to', async () => {
    const controller = new AbortController();
    const running = new Promise<string[]>(resolve => {
      server.onRequest = request => {
        request.pause();
        resolve(
          commandLines().filter(line =>
            line.includes(`localhost:${server.port}`),
          ),
        );
        controller.abort(new Error('cancelled'));
      };
    });
    await expect(attempt({ signal: controller.signal })).rejects.toThrow(
      'cancelled',
    );
    expect(await running).not.toEqual([]);
    expect(
      commandLines().filter(line => line.includes(`localhost:${server.port}`)),
    ).toEqual([]);
  });
});

describe('git with a token', () => {
  const url = () => server.url('private/app.git');

  it('brings a private repository', async () => {
    expect((await attempt({ url: url(), token: server.password })).commit).toBe(
      commits.two,
    );
    expect(
      (await attempt({ url: url(), token: `deploy:${server.password}` }))
        .commit,
    ).toBe(commits.two);
  });

  it('D29 keeps the token out of every argument list, URL and log', async () => {
    const lines: string[] = [];
    const urls: string[] = [];
    server.onRequest = request => {
      urls.push(request.url!);
      lines.push(
        ...commandLines().filter(line =>
          line.includes(`localhost:${server.port}`),
        ),
      );
    };
    const fetched = await attempt({ url: url(), token: server.password });
    // Both git itself and the helper that talks https were seen while they ran.
    expect(lines.some(line => /^git .*ls-remote/.test(line))).toBe(true);
    expect(lines.some(line => /git.remote-https/.test(line))).toBe(true);
    const seen = [...lines, ...urls, ...fetched.lines].join('\n');
    expect(seen).not.toContain(server.password);
    expect(seen).not.toContain(
      Buffer.from(`x-access-token:${server.password}`).toString('base64'),
    );
    expect(seen).not.toMatch(/authorization/i);
  });

  it.each([
    ['without a token', undefined],
    ['with a wrong token', 'wrong-token-123'],
  ])('says that credentials are needed %s', async (_title, token) => {
    const { evidence, message } = await failure({ url: url(), token });
    expect(evidence[0].text).toMatch(
      /could not read Username|Authentication failed/,
    );
    expect(evidence[0].facts?.token).toBe(token !== undefined);
    expect(JSON.stringify(evidence) + message).not.toContain('wrong-token-123');
  });

  it('D29 takes the token out of what git repeats', async () => {
    // The name of the branch comes back in git's complaint.
    const token = 'repeated-token-987';
    const { evidence } = await failure({ revision: token, token });
    expect(evidence[0].text).toBe("fatal: couldn't find remote ref ***");
  });
});

describe('git within limits', () => {
  beforeAll(async () => {
    await server.create('large.git', async (git, folder) => {
      for (let index = 0; index < 4; index += 1)
        await write(
          folder,
          `random${index}`,
          randomBytes(1024 * 1024).toString('base64'),
        );
      git('add', '.');
      git('commit', '-q', '-m', 'large');
    });
    await server.create('bomb.git', async git => {
      // A tree of ten trees of ten trees: 10^8 files in a few hundred bytes.
      const blob = execFileSync('git', ['hash-object', '-w', '--stdin'], {
        cwd: git('rev-parse', '--show-toplevel'),
        input: 'boom',
        encoding: 'utf8',
      }).trim();
      const ten = (line: (index: number) => string) =>
        makeTree(
          git,
          Array.from({ length: 10 }, (_, index) => line(index)),
        );
      let tree = ten(index => `100644 blob ${blob}\tf${index}`);
      for (let depth = 0; depth < 7; depth += 1) {
        const below = tree;
        tree = ten(index => `040000 tree ${below}\td${index}`);
      }
      git(
        'update-ref',
        'refs/heads/main',
        git('commit-tree', '-m', 'bomb', tree),
      );
    });
    await server.create('hostile.git', async git => {
      const blob = execFileSync('git', ['hash-object', '-w', '--stdin'], {
        cwd: git('rev-parse', '--show-toplevel'),
        input: 'x',
        encoding: 'utf8',
      }).trim();
      const commit = (name: string, lines: string[]) =>
        git(
          'update-ref',
          `refs/heads/${name}`,
          git('commit-tree', '-m', name, makeTree(git, lines)),
        );
      commit('main', [`100644 blob ${blob}\tfine`]);
      commit('case', [
        `100644 blob ${blob}\tREADME`,
        `100644 blob ${blob}\treadme`,
      ]);
      commit('backslash', [`100644 blob ${blob}\ta\\b`]);
      commit('submodule', [
        `100644 blob ${blob}\tfine`,
        `160000 commit ${'1'.repeat(40)}\tsub`,
      ]);
    });
  }, 60_000);

  function makeTree(
    git: (...gitArguments: string[]) => string,
    lines: string[],
  ): string {
    return execFileSync('git', ['mktree', '--missing'], {
      cwd: git('rev-parse', '--show-toplevel'),
      input: `${lines.join('\n')}\n`,
      encoding: 'utf8',
    }).trim();
  }

  it('D16 stops a repository that is too large', async () => {
    const tooLarge = await failure({
      url: server.url('public/large.git'),
      limits: { totalBytes: 2 * 1024 * 1024 },
    });
    expect(tooLarge.evidence[0].facts?.rule).toBe('total-size');
    const tooLargeFile = await failure({
      url: server.url('public/large.git'),
      limits: { fileBytes: 1024 },
    });
    expect(tooLargeFile.message).toBe('entry "random0" is larger than 1 KiB');
  });

  it('D16 stops a tree that unfolds into a hundred million files', async () => {
    const began = performance.now();
    const { message } = await failure({ url: server.url('public/bomb.git') });
    expect(message).toBe('the source has more than 20000 files and folders');
    expect(performance.now() - began).toBeLessThan(30_000);
  }, 40_000);

  it.each([
    [
      'case',
      'entry "readme" differs from "README" only in upper and lower case or in how its letters are encoded',
    ],
    ['backslash', 'entry "a\\\\b" has a backslash in its name'],
  ])('D16 refuses the branch "%s"', async (revision, message) => {
    expect(
      (await failure({ url: server.url('public/hostile.git'), revision }))
        .message,
    ).toBe(message);
  });

  it('does not go into submodules', async () => {
    const { root } = await attempt({
      url: server.url('public/hostile.git'),
      revision: 'submodule',
    });
    expect(await filesBelow(root)).toEqual(['fine', 'sub/']);
  });
});

/** The argument lists of all processes of this machine. */
function commandLines(): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(processId => {
      try {
        return readFileSync(`/proc/${processId}/cmdline`, 'utf8').replaceAll(
          '\0',
          ' ',
        );
      } catch {
        return ''; // it has ended meanwhile
      }
    });
}
