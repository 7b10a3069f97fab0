import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import {
  chmod,
  mkdir,
  rename,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import tar from 'tar-stream';
import { packBundle } from './bundle';
import { listContext, type ContextListing } from './context';
import { defaultLimits, type SourceLimits } from './settings';
import { SourceTree } from './SourceTree';
import { TemporaryFolders } from './__testUtils__/temporary';

jest.setTimeout(60_000);

const folders = new TemporaryFolders();
const { signal } = new AbortController();
afterAll(() => folders.remove());

async function list(
  folder: string,
  options: { dockerfile?: string; limits?: Partial<SourceLimits> } = {},
): Promise<ContextListing> {
  const limits = { ...defaultLimits, ...options.limits };
  return listContext(new SourceTree(folder), {
    dockerfile: options.dockerfile,
    limits,
    signal,
  });
}

async function paths(
  files: Record<string, string>,
  dockerfile?: string,
): Promise<string[]> {
  const { entries } = await list(await folders.with(files), { dockerfile });
  return entries
    .filter(({ kind }) => kind !== 'folder')
    .map(entry => entry.path);
}

async function pack(folder: string, links?: Map<string, string>) {
  const tree = new SourceTree(folder, links);
  const { entries } = await listContext(tree, {
    limits: defaultLimits,
    signal,
  });
  const file = path.join(await folders.make(), 'bundle.tar');
  return { file, ...(await packBundle(tree, entries, file, signal)) };
}

async function headers(file: string): Promise<Partial<tar.Header>[]> {
  const extract = tar.extract();
  createReadStream(file).pipe(extract as unknown as NodeJS.WritableStream);
  const found: Partial<tar.Header>[] = [];
  for await (const entry of extract) {
    const { name, type, mode, uid, gid, mtime, linkname, uname, gname } =
      entry.header;
    found.push({ name, type, mode, uid, gid, mtime, linkname, uname, gname });
    entry.resume();
  }
  return found;
}

describe('.dockerignore', () => {
  // What `docker build` sends for the same patterns (moby/patternmatcher).
  it.each<[patterns: string, included: string[]]>([
    [
      '',
      [
        'Dockerfile',
        'a.log',
        'b.txt',
        'docs/a.log',
        'docs/deep/a.log',
        'node_modules/x/index.js',
      ],
    ],
    [
      '# a.log\n\n   ',
      [
        'Dockerfile',
        'a.log',
        'b.txt',
        'docs/a.log',
        'docs/deep/a.log',
        'node_modules/x/index.js',
      ],
    ],
    [
      '*.log',
      [
        'Dockerfile',
        'b.txt',
        'docs/a.log',
        'docs/deep/a.log',
        'node_modules/x/index.js',
      ],
    ],
    ['**/*.log', ['Dockerfile', 'b.txt', 'node_modules/x/index.js']],
    ['docs', ['Dockerfile', 'a.log', 'b.txt', 'node_modules/x/index.js']],
    ['/docs/', ['Dockerfile', 'a.log', 'b.txt', 'node_modules/x/index.js']],
    [
      './docs/../docs',
      ['Dockerfile', 'a.log', 'b.txt', 'node_modules/x/index.js'],
    ],
    ['docs/*', ['Dockerfile', 'a.log', 'b.txt', 'node_modules/x/index.js']],
    [
      'docs/*.log',
      [
        'Dockerfile',
        'a.log',
        'b.txt',
        'docs/deep/a.log',
        'node_modules/x/index.js',
      ],
    ],
    [
      '*/*/a.log',
      ['Dockerfile', 'a.log', 'b.txt', 'docs/a.log', 'node_modules/x/index.js'],
    ],
    [
      'docs\n!docs/deep/a.log',
      [
        'Dockerfile',
        'a.log',
        'b.txt',
        'docs/deep/a.log',
        'node_modules/x/index.js',
      ],
    ],
    [
      '!docs/a.log\n**/a.log',
      ['Dockerfile', 'b.txt', 'node_modules/x/index.js'],
    ],
    ['*\n!b.txt', ['Dockerfile', 'b.txt']],
    ['*\n!docs/*\ndocs/deep', ['Dockerfile', 'docs/a.log']],
    [
      '?.txt\nnode_modules',
      ['Dockerfile', 'a.log', 'docs/a.log', 'docs/deep/a.log'],
    ],
    [
      '[a-b].*',
      [
        'Dockerfile',
        'docs/a.log',
        'docs/deep/a.log',
        'node_modules/x/index.js',
      ],
    ],
    [
      '[^a].txt',
      [
        'Dockerfile',
        'a.log',
        'docs/a.log',
        'docs/deep/a.log',
        'node_modules/x/index.js',
      ],
    ],
    [
      'A.LOG',
      [
        'Dockerfile',
        'a.log',
        'b.txt',
        'docs/a.log',
        'docs/deep/a.log',
        'node_modules/x/index.js',
      ],
    ],
    [
      '\ufeffdocs\r\nb.txt\r\n',
      ['Dockerfile', 'a.log', 'node_modules/x/index.js'],
    ],
    [
      'Dockerfile\n.dockerignore',
      [
        'Dockerfile',
        'a.log',
        'b.txt',
        'docs/a.log',
        'docs/deep/a.log',
        'node_modules/x/index.js',
      ],
    ],
    ['**', ['Dockerfile']],
  ])('%j leaves %j', async (patterns, included) => {
    const files = {
      Dockerfile: 'FROM scratch',
      'a.log': '',
      'b.txt': '',
      'docs/a.log': '',
      'docs/deep/a.log': '',
      'node_modules/x/index.js': '',
    };
    expect(
      await paths({ ...files, '.dockerignore': patterns }, 'Dockerfile'),
    ).toEqual(included);
  });

  it.each<[pattern: string, excluded: string]>([
    ['a(1).txt', 'a(1).txt'],
    ['a+b', 'a+b'],
    ['{x|y}', '{x|y}'],
    ['c^d$', 'c^d$'],
    ['\\*', '*'],
    ['\\d', 'd'],
  ])('takes the characters of %j for themselves', async (pattern, excluded) => {
    expect(
      await paths({
        [excluded]: '',
        aab: '',
        '1': '',
        '.dockerignore': pattern,
      }),
    ).toEqual(['1', 'aab']);
  });

  it('of the Dockerfile itself goes before that of the folder', async () => {
    const files = {
      'web.Dockerfile': '',
      'web.Dockerfile.dockerignore': 'a',
      '.dockerignore': 'b',
      a: '',
      b: '',
    };
    expect(await paths(files, 'web.Dockerfile')).toEqual([
      '.dockerignore',
      'b',
      'web.Dockerfile',
    ]);
    expect(await paths(files)).toEqual([
      'a',
      'web.Dockerfile',
      'web.Dockerfile.dockerignore',
    ]);
  });

  it('D16 refuses a pattern that is none, and one that is made to hang', async () => {
    await expect(
      paths({ '.dockerignore': 'fine\n[bad', a: '' }),
    ).rejects.toThrow('line 2 of ".dockerignore" is not a pattern: [bad');
    const began = performance.now();
    await expect(
      paths({ '.dockerignore': `${'*a'.repeat(40)}b`, ['a'.repeat(250)]: '' }),
    ).rejects.toThrow(
      '".dockerignore" takes too long to apply; use fewer "*" in a pattern',
    );
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

describe('a build context', () => {
  it('leaves out .git, and keeps empty folders', async () => {
    const folder = await folders.with({
      '.git/config': '',
      'sub/.git': 'gitdir: x',
      a: '',
    });
    await mkdir(path.join(folder, 'empty'));
    const { entries, files, sizeBytes } = await list(folder);
    expect(entries.map(entry => entry.path)).toEqual(['a', 'empty', 'sub']);
    expect({ files, sizeBytes }).toEqual({ files: 1, sizeBytes: 0 });
  });

  it('D16 holds the limits, and does not count what is ignored', async () => {
    const folder = await folders.with({
      a: '12345',
      'node_modules/a': '',
      'node_modules/b': '',
      'node_modules/c': '',
      '.dockerignore': 'node_modules',
    });
    expect((await list(folder, { limits: { entries: 1 } })).files).toBe(1);
    await writeFile(path.join(folder, '.dockerignore'), '');
    await expect(list(folder, { limits: { entries: 4 } })).rejects.toThrow(
      'the source has more than 4 files and folders',
    );
    await expect(list(folder, { limits: { fileBytes: 4 } })).rejects.toThrow(
      'entry "a" is larger than 4 B',
    );
    await expect(list(folder, { limits: { totalBytes: 4 } })).rejects.toThrow(
      'the files are larger than 4 B together',
    );
  });

  it('D16 refuses what is neither file nor folder nor link, unless it is ignored', async () => {
    const folder = await folders.with({ a: '' });
    execFileSync('mkfifo', [path.join(folder, 'pipe')]);
    await expect(list(folder)).rejects.toThrow(
      'entry "pipe" is neither a file nor a folder',
    );
    await writeFile(path.join(folder, '.dockerignore'), 'pipe');
    expect((await list(folder)).entries.map(entry => entry.path)).toEqual([
      'a',
    ]);
  });

  describe('with links', () => {
    it.each([
      ['file', 'a/b'],
      ['folder', 'a'],
      ['a/up', '../target'],
      ['nowhere', 'missing'],
      ['dots', './a/./../target'],
    ])('keeps %s -> %s', async (name, target) => {
      const folder = await folders.with({ 'a/b': '', target: '' });
      await symlink(target, path.join(folder, name));
      const { entries } = await list(folder);
      expect(entries.find(entry => entry.path === name)).toMatchObject({
        kind: 'link',
        target,
      });
    });

    it.each([
      ['absolute', '/etc/passwd'],
      ['up', '../outside'],
      ['a/up', '../../outside'],
      ['round', 'a/../../inside'],
      ['itself', 'itself'],
    ])('D16 refuses %s -> %s', async (name, target) => {
      const folder = await folders.with({ 'a/b': '' });
      await symlink(target, path.join(folder, name));
      await expect(list(folder)).rejects.toThrow(
        `entry "${name}" is a link that leaves the source or the build context`,
      );
    });

    it('D16 refuses a chain of links of which each by itself looks fine', async () => {
      const folder = await folders.with({ 'a/b': '' });
      await symlink('..', path.join(folder, 'a/top')); // the context itself
      await symlink('a/top/..', path.join(folder, 'x')); // "a" as it is written, the parent as it is followed
      await expect(list(folder)).rejects.toThrow(
        'entry "x" is a link that leaves',
      );
    });

    it('never reads through a link', async () => {
      const outside = await folders.with({ secret: 'secret' });
      const folder = await folders.with({ 'sub/secret': 'mine' });
      const tree = new SourceTree(folder);
      await rename(path.join(folder, 'sub'), path.join(folder, 'moved'));
      await symlink(outside, path.join(folder, 'sub'));
      await expect(tree.open('sub/secret')).rejects.toThrow(
        '"sub/secret" changed while it was read',
      );
    });
  });
});

describe('a bundle', () => {
  it('D15 holds sorted entries without any trace of the place they came from', async () => {
    const folder = await folders.with({
      'b/z': 'z',
      'b/a': 'a',
      'b.txt': 'b',
      start: '#!/bin/sh',
      ü: 'u',
    });
    await chmod(path.join(folder, 'start'), 0o4711);
    await symlink('b/a', path.join(folder, 'link'));
    const mtime = new Date('2000-01-01T00:00:00Z');
    const common = { uid: 0, gid: 0, mtime, uname: '', gname: '' };
    const file = { ...common, type: 'file', mode: 0o644, linkname: null };
    expect(await headers((await pack(folder)).file)).toEqual([
      { ...common, name: 'b/', type: 'directory', mode: 0o755, linkname: null },
      { ...file, name: 'b.txt' },
      { ...file, name: 'b/a' },
      { ...file, name: 'b/z' },
      {
        ...common,
        name: 'link',
        type: 'symlink',
        mode: 0o777,
        linkname: 'b/a',
      },
      { ...file, name: 'start', mode: 0o755 },
      { ...file, name: 'ü' },
    ]);
  });

  it('has the same digest for the same content, and another for another', async () => {
    const files = {
      'src/index.js': 'console.log(1)',
      Dockerfile: 'FROM scratch',
      [`${'n'.repeat(120)}/${'m'.repeat(120)}`]: '',
    };
    const first = await folders.with(files);
    const second = await folders.with(
      Object.fromEntries(Object.entries(files).reverse()),
    );
    await utimes(path.join(second, 'Dockerfile'), 0, 0);
    await chmod(path.join(second, 'Dockerfile'), 0o600);
    await symlink('src', path.join(first, 'link'));
    const { digest, sizeBytes } = await pack(first);
    // git's links are known and not on disk; they are the same links.
    expect(await pack(second, new Map([['link', 'src']]))).toMatchObject({
      digest,
      sizeBytes,
    });
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    await chmod(path.join(second, 'Dockerfile'), 0o755);
    expect((await pack(second, new Map([['link', 'src']]))).digest).not.toBe(
      digest,
    );
  });

  it('packs very many entries without content', async () => {
    const folder = await folders.make();
    for (let index = 0; index < 3000; index += 1)
      await mkdir(path.join(folder, `folder${index}`));
    expect(await headers((await pack(folder)).file)).toHaveLength(3000);
  });

  it('fails where a file changes its size meanwhile', async () => {
    const folder = await folders.with({ a: 'long content' });
    const tree = new SourceTree(folder);
    const { entries } = await list(folder);
    for (const content of ['short', 'very much longer content']) {
      await writeFile(path.join(folder, 'a'), content);
      const target = path.join(await folders.make(), 'bundle.tar');
      await expect(packBundle(tree, entries, target, signal)).rejects.toThrow(
        '"a" changed while it was read',
      );
    }
  });
});
