import { execFileSync } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import { defaultLimits, type SourceLimits } from '../settings';
import {
  craftTar,
  craftTarGzip,
  type CraftedTarEntry,
} from '../__testUtils__/craftTar';
import {
  craftZip,
  deflatedZeros,
  type CraftedEntry,
} from '../__testUtils__/craftZip';
import { filesBelow, TemporaryFolders } from '../__testUtils__/temporary';
import { sniffArchive, unpackArchive } from './archive';
import { unpackTarGzip } from './tar';
import { TreeWriter } from './TreeWriter';

jest.setTimeout(60_000);

const MEBIBYTE = 1024 * 1024;
const folders = new TemporaryFolders();
afterAll(() => folders.remove());

interface Outcome {
  folder: string;
  error?: Error;
}

async function unpack(
  archive: Buffer,
  limits: Partial<SourceLimits> = {},
): Promise<Outcome> {
  const file = path.join(await folders.make(), 'archive');
  await writeFile(file, archive);
  const folder = await folders.make();
  const format = await sniffArchive(file);
  try {
    await unpackArchive(
      file,
      format!,
      new TreeWriter(folder),
      { ...defaultLimits, ...limits },
      new AbortController().signal,
    );
    return { folder };
  } catch (error) {
    return { folder, error: error as Error };
  }
}

function rule(outcome: Outcome): unknown {
  return outcome.error instanceof EngineError
    ? outcome.error.evidence[0].facts?.rule
    : outcome.error;
}

describe('zip', () => {
  it('unpacks files, folders and the executable bit, and nothing else of the mode', async () => {
    const { folder, error } = await unpack(
      craftZip([
        { name: 'bin/', mode: 0o040777 },
        { name: 'bin/start', content: 'run', mode: 0o100711 },
        { name: 'a/b/ü.txt', content: 'text', mode: 0o100666 },
        { name: 'stored', content: 'as it is', method: 0 },
        { name: 'empty' },
        { name: 'made-on-windows.txt', content: 'x', mode: 0 },
      ]),
    );
    expect(error).toBeUndefined();
    expect(await filesBelow(folder)).toEqual([
      'a/',
      'a/b/',
      'a/b/ü.txt',
      'bin/',
      'bin/start',
      'empty',
      'made-on-windows.txt',
      'stored',
    ]);
    expect(await readFile(path.join(folder, 'stored'), 'utf8')).toBe(
      'as it is',
    );
    expect((await stat(path.join(folder, 'bin/start'))).mode & 0o7777).toBe(
      0o755,
    );
    expect((await stat(path.join(folder, 'a/b/ü.txt'))).mode & 0o7777).toBe(
      0o644,
    );
  });

  const refusals: [
    title: string,
    entries: CraftedEntry[],
    message: string,
    rule: string,
  ][] = [
    [
      'a path that leaves',
      [{ name: '../evil.txt' }],
      'entry "../evil.txt" leaves the archive',
      'path',
    ],
    [
      'a path that leaves further in',
      [{ name: 'a/../../evil.txt' }],
      'entry "a/../../evil.txt" leaves the archive',
      'path',
    ],
    [
      '".." within',
      [{ name: 'a/../evil.txt' }],
      'entry "a/../evil.txt" has ".." in its path',
      'path',
    ],
    [
      'an absolute path',
      [{ name: '/etc/passwd' }],
      'entry "/etc/passwd" is an absolute path',
      'path',
    ],
    [
      'backslashes',
      [{ name: '..\\evil.txt' }],
      'entry "..\\\\evil.txt" has a backslash in its name',
      'path',
    ],
    [
      'a drive letter',
      [{ name: 'C:/evil.txt' }],
      'entry "C:/evil.txt" begins with a drive letter',
      'path',
    ],
    [
      'NUL in a name',
      [{ name: 'a\0.txt' }],
      'entry "a\\u0000.txt" has a control character in its name',
      'control-character',
    ],
    [
      'a line feed in a name',
      [{ name: 'a\nb' }],
      'entry "a\\nb" has a control character in its name',
      'control-character',
    ],
    [
      'a name that is not UTF-8',
      [{ name: Buffer.from([0x61, 0xff, 0x62]) }],
      'entry "a\ufffdb" has a name that is not UTF-8',
      'name',
    ],
    [
      'a link',
      [{ name: 'link', content: '/etc/passwd', mode: 0o120777 }],
      'entry "link" is a link; archives with links are not accepted',
      'link',
    ],
    [
      'a device',
      [{ name: 'null', mode: 0o020666 }],
      'entry "null" is neither a file nor a folder',
      'device',
    ],
    [
      'a pipe',
      [{ name: 'pipe', mode: 0o010666 }],
      'entry "pipe" is neither a file nor a folder',
      'device',
    ],
    [
      'the set-user-ID bit',
      [{ name: 'su', mode: 0o104755 }],
      'entry "su" has the set-user-ID or set-group-ID bit',
      'set-user-id',
    ],
    [
      'the same name twice',
      [{ name: 'a' }, { name: 'a' }],
      'entry "a" is there twice',
      'duplicate',
    ],
    [
      'a file that is a folder as well',
      [{ name: 'a' }, { name: 'a/b' }],
      'entry "a/b" is there twice',
      'duplicate',
    ],
    [
      'names that differ in case',
      [{ name: 'Readme' }, { name: 'README' }],
      'entry "README" differs from "Readme" only in upper and lower case or in how its letters are encoded',
      'collision',
    ],
    [
      'folders that differ in case',
      [{ name: 'A/x' }, { name: 'a/y' }],
      'entry "a/y" differs from "A" only in upper and lower case or in how its letters are encoded',
      'collision',
    ],
    [
      'names that differ in their Unicode form',
      [{ name: 'caf\u00e9' }, { name: 'cafe\u0301' }],
      'entry "cafe\u0301" differs from "caf\u00e9" only in upper and lower case or in how its letters are encoded',
      'collision',
    ],
    [
      'a .git folder',
      [{ name: '.git/hooks/post-checkout' }],
      'entry ".git/hooks/post-checkout" belongs to a .git folder, which is not accepted',
      'git-folder',
    ],
    [
      'a .GIT folder further in',
      [{ name: 'sub/.GIT/config' }],
      'entry "sub/.GIT/config" belongs to a .git folder, which is not accepted',
      'git-folder',
    ],
    [
      'a path that is too deep',
      [{ name: `${'d/'.repeat(32)}f` }],
      `entry "${'d/'.repeat(32)}f" lies more than 32 folders deep`,
      'depth',
    ],
    [
      'a segment that is too long',
      [{ name: 'é'.repeat(128) }],
      `entry "${'é'.repeat(128)}" has a name of more than 255 bytes`,
      'name',
    ],
    [
      'a path that is too long',
      [{ name: `${'n'.repeat(200)}/`.repeat(30) }],
      `entry "${'n'.repeat(200)}…" has a path of more than 2048 bytes`,
      'name',
    ],
    [
      'encryption',
      [{ name: 'secret', content: 'x', flags: 0x801 }],
      'entry "secret" is encrypted',
      'encrypted',
    ],
    [
      'an unknown compression',
      [{ name: 'lzma', content: 'x', method: 14 }],
      'entry "lzma" is compressed by method 14; accepted are deflate and none',
      'archive',
    ],
  ];
  it.each(refusals)(
    'D16 refuses %s before anything is written',
    async (_title, entries, message, expectedRule) => {
      const outcome = await unpack(
        craftZip([{ name: 'first.txt', content: 'fine' }, ...entries]),
      );
      expect(outcome.error?.message).toBe(message);
      expect(rule(outcome)).toBe(expectedRule);
      expect(await filesBelow(outcome.folder)).toEqual([]);
    },
  );

  it('D16 refuses content whose checksum differs', async () => {
    const outcome = await unpack(
      craftZip([{ name: 'a', content: 'text', declaredCrc: 1 }]),
    );
    expect(outcome.error?.message).toBe(
      'entry "a" is damaged: its checksum differs',
    );
  });

  it.each([0, 10])(
    'D16 stops at once where 1 GiB inflates from an entry that says %d bytes',
    async declaredSize => {
      const bomb = craftZip([
        { name: 'bomb', deflated: deflatedZeros(1024), declaredSize },
      ]);
      const before = process.resourceUsage().maxRSS;
      const began = performance.now();
      const outcome = await unpack(bomb);
      expect(outcome.error?.message).toBe(
        `entry "bomb" is not of the size that the archive says (${declaredSize} bytes)`,
      );
      expect(performance.now() - began).toBeLessThan(5000);
      expect(process.resourceUsage().maxRSS - before).toBeLessThan(150 * 1024); // KiB
      const sizes = await Promise.all(
        (
          await filesBelow(outcome.folder)
        ).map(file => stat(path.join(outcome.folder, file))),
      );
      expect(sizes.every(({ size }) => size <= MEBIBYTE)).toBe(true);
    },
  );

  it('D16 fails alone, however often content turns out to be a lie', async () => {
    // Where nobody listened to the stream at that moment, the whole process would end.
    const lies = Array.from({ length: 100 }, () =>
      craftZip([
        { name: 'a/b', content: 'x'.repeat(100_000), declaredSize: 1 },
      ]),
    );
    const outcomes = await Promise.all(lies.map(lie => unpack(lie)));
    expect(new Set(outcomes.map(rule))).toEqual(new Set(['size']));
  });

  it('D16 refuses content that is shorter than it says', async () => {
    const outcome = await unpack(
      craftZip([{ name: 'short', content: 'four', declaredSize: 5 }]),
    );
    expect(outcome.error?.message).toBe(
      'entry "short" is not of the size that the archive says (5 bytes)',
    );
  });

  it('D16 refuses an honest bomb by its ratio, before anything is written', async () => {
    const outcome = await unpack(
      craftZip([
        {
          name: 'bomb',
          deflated: deflatedZeros(90),
          declaredSize: 90 * MEBIBYTE,
        },
      ]),
    );
    expect(outcome.error?.message).toBe(
      'the archive unpacks to more than 100 times its size',
    );
    expect(await filesBelow(outcome.folder)).toEqual([]);
  });

  it('D16 counts entries that share their bytes each by itself', async () => {
    const shared = { deflated: deflatedZeros(1), declaredSize: 90 * MEBIBYTE };
    const outcome = await unpack(
      craftZip(
        Array.from({ length: 6 }, (_, index) => ({
          name: `f${index}`,
          ...shared,
        })),
      ),
    );
    expect(outcome.error?.message).toBe(
      'the files are larger than 512 MiB together',
    );
  });

  it('D16 refuses a file over the limit for one file', async () => {
    const outcome = await unpack(
      craftZip([{ name: 'big', declaredSize: 101 * MEBIBYTE }]),
    );
    expect(outcome.error?.message).toBe('entry "big" is larger than 100 MiB');
  });

  it('D16 refuses 60,000 entries at the sight of their number', async () => {
    const zip = craftZip(
      Array.from({ length: 60_000 }, (_, index) => ({
        name: `f${index}`,
        method: 0,
      })),
    );
    const began = performance.now();
    const outcome = await unpack(zip);
    expect(outcome.error?.message).toBe(
      'the source has more than 20000 files and folders',
    );
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('D16 counts the folders that paths imply', async () => {
    const outcome = await unpack(
      craftZip([{ name: 'a/b/c/d/e' }, { name: 'f/g/h/i/j' }]),
      { entries: 9 },
    );
    expect(outcome.error?.message).toBe(
      'the source has more than 9 files and folders',
    );
  });

  it('refuses what only begins like a zip', async () => {
    const outcome = await unpack(
      Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(100)]),
    );
    expect(outcome.error?.message).toMatch(/^the zip cannot be read: /);
    expect(rule(outcome)).toBe('archive');
  });
});

describe('tar.gz', () => {
  it('unpacks what tar makes of a folder', async () => {
    const source = await folders.with({
      Dockerfile: 'FROM scratch',
      [`${'n'.repeat(150)}/deep.txt`]: 'text',
    });
    const archive = execFileSync('tar', ['-czf', '-', '-C', source, '.'], {
      maxBuffer: MEBIBYTE,
    });
    const { folder, error } = await unpack(archive);
    expect(error).toBeUndefined();
    expect(await filesBelow(folder)).toEqual(await filesBelow(source));
    expect(await readFile(path.join(folder, 'Dockerfile'), 'utf8')).toBe(
      'FROM scratch',
    );
  });

  const refusals: [
    title: string,
    entries: CraftedTarEntry[],
    message: string,
  ][] = [
    [
      'a path that leaves',
      [{ name: '../evil.txt' }],
      'entry "../evil.txt" leaves the archive',
    ],
    [
      'an absolute path',
      [{ name: '/etc/cron.d/evil' }],
      'entry "/etc/cron.d/evil" is an absolute path',
    ],
    [
      'a symbolic link',
      [{ name: 'x', type: 'symlink', linkname: '/etc' }, { name: 'x/evil' }],
      'entry "x" is a link; archives with links are not accepted',
    ],
    [
      'a hard link',
      [{ name: 'x', type: 'link', linkname: '/etc/shadow' }],
      'entry "x" is a link; archives with links are not accepted',
    ],
    [
      'a device',
      [{ name: 'sda', type: 'block-device' }],
      'entry "sda" is neither a file nor a folder',
    ],
    [
      'a pipe',
      [{ name: 'pipe', type: 'fifo' }],
      'entry "pipe" is neither a file nor a folder',
    ],
    [
      'the set-group-ID bit',
      [{ name: 'sg', mode: 0o2755 }],
      'entry "sg" has the set-user-ID or set-group-ID bit',
    ],
    [
      'the same name twice',
      [{ name: 'a' }, { name: './a' }],
      'entry "./a" is there twice',
    ],
    [
      'names that differ in case',
      [{ name: 'a' }, { name: 'A' }],
      'entry "A" differs from "a" only in upper and lower case or in how its letters are encoded',
    ],
    [
      'a .git folder',
      [{ name: './.git/config' }],
      'entry "./.git/config" belongs to a .git folder, which is not accepted',
    ],
  ];
  it.each(refusals)('D16 refuses %s', async (_title, entries, message) => {
    const outcome = await unpack(await craftTarGzip(entries));
    expect(outcome.error?.message).toBe(message);
  });

  it('D16 stops a bomb by its ratio while it is read', async () => {
    const bomb = gzipSync(
      await craftTar([{ name: 'zeros', content: '\0'.repeat(8 * MEBIBYTE) }]),
    );
    const outcome = await unpack(bomb);
    expect(outcome.error?.message).toBe(
      'the archive unpacks to more than 100 times its size',
    );
  });

  it('D16 stops a tar of nothing but headers', async () => {
    const name = 'n'.repeat(90);
    const outcome = await unpack(
      await craftTarGzip(
        Array.from({ length: 300 }, () => ({
          name,
          type: 'directory' as const,
        })),
      ),
      { totalBytes: 1024, entries: 2, ratio: 1000 },
    );
    expect(outcome.error?.message).toBe(
      'the tar is longer than its limits allow',
    );
  });

  it('refuses a damaged and a cut archive', async () => {
    const archive = await craftTarGzip([
      { name: 'a', content: 'text'.repeat(1000) },
    ]);
    const cut = await unpack(archive.subarray(0, archive.length - 20));
    expect(cut.error?.message).toBe(
      'the tar.gz cannot be read: unexpected end of file',
    );
    const noTar = await unpack(gzipSync('this is no tar'.repeat(100)));
    expect(noTar.error?.message).toMatch(/^the tar.gz cannot be read: /);
    expect(rule(noTar)).toBe('archive');
  });

  it('ends with its error where it breaks off while a file of it is being opened', async () => {
    const archive = await craftTarGzip([
      { name: 'a', content: 'text'.repeat(1000) },
    ]);
    const source = new PassThrough();
    class SlowDisk extends TreeWriter {
      override async file(...file: Parameters<TreeWriter['file']>) {
        source.destroy(new Error('the connection broke'));
        await setImmediate(); // everything that hangs on it has been destroyed
        await super.file(...file);
      }
    }
    source.write(archive.subarray(0, archive.length - 20));
    await expect(
      unpackTarGzip(source, new SlowDisk(await folders.make()), {
        limits: defaultLimits,
        links: 'refused',
        signal: new AbortController().signal,
      }),
    ).rejects.toThrow('the connection broke');
  });
});

it('knows archives by their first bytes', async () => {
  const file = path.join(await folders.make(), 'x.zip');
  const sniff = async (content: Buffer) => {
    await writeFile(file, content);
    return sniffArchive(file);
  };
  expect(await sniff(craftZip([{ name: 'a' }]))).toBe('zip');
  expect(await sniff(craftZip([]))).toBe('zip');
  expect(await sniff(gzipSync('x'))).toBe('tar.gz');
  expect(await sniff(Buffer.from('PK'))).toBeUndefined();
  expect(await sniff(Buffer.alloc(0))).toBeUndefined();
});
