import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import {
  TestDatabases,
  type TestDatabaseId,
} from '@backstage/backend-test-utils';
import type { SourceSpec } from '@slipway/backstage-plugin-workspaces-common';
import type { AppRow, BundleRow } from '../store/rows';
import {
  contentOf,
  failure,
  jane,
  leftIn,
  makeBench,
  owner,
  request,
  upload,
  uploaded,
  type Bench,
  type BenchOptions,
} from './__testUtils__/bench';
import { craftTarGzip } from './__testUtils__/craftTar';
import { craftZip } from './__testUtils__/craftZip';
import { TemporaryFolders } from './__testUtils__/temporary';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3', 'POSTGRES_15'] });
const folders = new TemporaryFolders();
const day = 24 * 60 * 60 * 1000;
const MEBIBYTE = 1024 * 1024;

afterAll(() => folders.remove());
afterEach(() => jest.useRealTimers());

async function bench(
  databaseId: TestDatabaseId = 'SQLITE_3',
  options?: BenchOptions,
): Promise<Bench> {
  return makeBench(await databases.init(databaseId), folders, options);
}

describe.each(databases.eachSupportedId())(
  'SourceService with %p',
  databaseId => {
    it('keeps an upload, and fetches a bundle from it', async () => {
      const { service, knex, directory } = await bench(databaseId);
      const zip = craftZip([
        { name: 'Dockerfile', content: 'FROM node:22\nEXPOSE 3000' },
        { name: 'package.json', content: '{}' },
        { name: 'debug.log', content: 'x' },
        { name: '.dockerignore', content: '*.log' },
      ]);
      const row = await upload(service, zip, { contentLength: zip.length });
      expect(row).toMatchObject({
        owner,
        uploader: jane,
        filename: 'a.zip',
        format: 'zip',
        size_bytes: zip.length,
        expires_at: row.created_at + day,
      });
      expect(row.id).toMatch(/^[0-9a-f-]{36}$/);

      const asked = request({ type: 'upload', upload: row.id });
      const fetched = await service.fetch(asked);
      expect(fetched).toMatchObject({
        revision: `sha256:${row.sha256}`,
        inspection: {
          revision: `sha256:${row.sha256}`,
          dockerfiles: ['Dockerfile'],
          dockerfile: 'Dockerfile',
          port: 3000,
          runtime: 'node',
          baseImages: ['node:22'],
          files: 2,
          sizeBytes: 26,
        },
      });
      expect(asked.lines).toEqual([
        `Bundle sha256:${fetched.bundle}: 2 files, 26 B`,
      ]);
      expect(await contentOf(service, fetched.bundle)).toEqual({
        Dockerfile: 'FROM node:22\nEXPOSE 3000',
        'package.json': '{}',
      });
      expect(
        execFileSync('sha256sum', {
          input: await buffer(service.openBundle(fetched.bundle)),
        }).toString(),
      ).toContain(fetched.bundle);
      expect(await knex<BundleRow>('bundles')).toEqual([
        {
          digest: fetched.bundle,
          workspace_id: 'workspace-1',
          size_bytes: fetched.sizeBytes,
          created_at: expect.any(Number),
        },
      ]);
      expect(await leftIn(directory)).toEqual(
        [
          `bundles/${fetched.bundle.slice(0, 2)}/${fetched.bundle}.tar`,
          `uploads/${row.id}`,
        ].sort(),
      );

      // The same content again, by another way, is the same bundle.
      const archive = await craftTarGzip([
        { name: 'package.json', content: '{}' },
        { name: 'Dockerfile', content: 'FROM node:22\nEXPOSE 3000' },
      ]);
      const again = await service.fetch({
        ...request({
          type: 'upload',
          upload: (await upload(service, archive)).id,
        }),
        workspaceId: 'workspace-2',
      });
      expect(again.bundle).toBe(fetched.bundle);
      expect(await knex<BundleRow>('bundles')).toHaveLength(2);
    });

    it('keeps an upload that an app uses, and removes others after a day', async () => {
      const { service, knex, directory } = await bench(databaseId);
      const used = await uploaded(service, { Dockerfile: 'FROM a' });
      const unused = await uploaded(service, { Dockerfile: 'FROM b' });
      await knex<AppRow>('apps').insert({
        workspace_id: 'workspace-1',
        name: 'web',
        entity_ref: 'component:default/web',
        spec: JSON.stringify({ name: 'web', source: used }),
        serving_release: null,
        last_release: 0,
        created_at: Date.now(),
      });
      await service.removeUnused();
      expect(await service.findUpload(unused.upload!, [jane])).toBeDefined();
      jest.useFakeTimers({
        now: Date.now() + day + 1,
        doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'queueMicrotask'],
      });
      await service.removeUnused();
      expect(await service.findUpload(used.upload!, [jane])).toBeDefined();
      expect(await service.findUpload(unused.upload!, [jane])).toBeUndefined();
      expect(await leftIn(directory)).toEqual([`uploads/${used.upload}`]);
    });

    it('gives an upload to its owner, its uploader and the app that uses it, and to nobody else', async () => {
      const { service, knex } = await bench(databaseId);
      const spec = await uploaded(service, { Dockerfile: 'FROM a' });
      expect(await service.findUpload(spec.upload!, [owner])).toBeDefined();
      expect(
        await service.findUpload(spec.upload!, [
          'user:default/eve',
          'group:default/team-b',
        ]),
      ).toBeUndefined();
      const stranger = {
        owner: 'group:default/team-b',
        requester: 'user:default/eve',
      };
      const refusal = await failure(service.fetch(request(spec, stranger)));
      expect(refusal.message).toContain(
        "is not there: it was removed after a day without use, or is not the owner's",
      );
      expect(
        (await service.inspect(request(spec, stranger))).problem,
      ).toMatchObject({
        code: 'SOURCE_REJECTED',
        evidence: [{ text: refusal.message }],
      });
      expect(
        (await service.inspect(request(spec, { ...stranger, requester: jane })))
          .problem,
      ).toBeUndefined();
      await knex<AppRow>('apps').insert({
        workspace_id: 'workspace-1',
        name: 'web',
        entity_ref: 'component:default/web',
        spec: JSON.stringify({ name: 'web', source: spec }),
        serving_release: null,
        last_release: 0,
        created_at: Date.now(),
      });
      expect(
        (await service.fetch(request(spec, stranger))).inspection.baseImages,
      ).toEqual(['a']);
    });

    it('removes a bundle with its last workspace, and says so to whom asks for it', async () => {
      const { service, knex, directory } = await bench(databaseId);
      const { bundle } = await service.fetch(
        request(await uploaded(service, { Dockerfile: 'FROM a' })),
      );
      await service.removeUnused();
      expect(await contentOf(service, bundle)).toEqual({
        Dockerfile: 'FROM a',
      });
      await knex<BundleRow>('bundles').delete();
      await service.removeUnused();
      expect(
        (await leftIn(directory)).filter(file => file.startsWith('bundles')),
      ).toEqual([]);
      const { message } = await failure(buffer(service.openBundle(bundle)));
      expect(message).toBe(
        `bundle ${bundle} is not in the storage any more; retry from "fetch" to bring the source again`,
      );
      expect(() => service.openBundle('../../etc/passwd')).toThrow(
        'is not the sha256 of a bundle',
      );
    });
  },
);

describe('an upload', () => {
  it('D16 is refused over the limit, whatever its Content-Length says', async () => {
    const { service, directory } = await bench('SQLITE_3', {
      limits: { totalBytes: 1024 },
    });
    const message =
      'The upload is larger than 1 KiB, the limit (workspaces.sources.limits.totalMiB)';
    await expect(
      upload(service, Buffer.alloc(2000), { contentLength: 2000 }),
    ).rejects.toThrow(message);
    await expect(
      upload(service, Buffer.alloc(2000), { contentLength: 10 }),
    ).rejects.toThrow(message);
    await expect(upload(service, Buffer.alloc(2000))).rejects.toThrow(message);
    async function* chunks() {
      for (;;) yield await setImmediate(Buffer.alloc(512)); // as a network does, it lets others have a turn
    }
    const endless = Readable.from(chunks());
    await expect(
      service.upload(endless, { owner, uploader: jane }),
    ).rejects.toMatchObject({ name: 'InputError', message });
    endless.destroy();
    expect(await leftIn(directory)).toEqual([]);
  });

  it('is refused where it is no archive, is cut short or breaks off', async () => {
    const { service, directory, knex } = await bench();
    const zip = craftZip([{ name: 'a', content: 'a' }]);
    await expect(upload(service, Buffer.from('hello'))).rejects.toThrow(
      'The upload is neither a zip nor a tar.gz, which is what is accepted',
    );
    await expect(upload(service, Buffer.alloc(0))).rejects.toThrow(
      'The upload is empty; what is accepted is a zip or a tar.gz',
    );
    await expect(
      upload(service, zip, { contentLength: zip.length + 1 }),
    ).rejects.toThrow(
      `The upload has ${zip.length} bytes, but its Content-Length says ${
        zip.length + 1
      }`,
    );
    const broken = new Readable({ read() {} });
    broken.push(zip);
    const breaking = service.upload(broken, { owner, uploader: jane });
    broken.destroy();
    await expect(breaking).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringContaining(
        'The upload ended before it was complete',
      ),
    });
    expect(await leftIn(directory)).toEqual([]);
    expect(await knex('sources')).toEqual([]);
  });
});

it('removes at its start what an earlier life left, and nothing of others that live', async () => {
  const { service, directory } = await bench();
  const machine = hostname().replace(/[^A-Za-z0-9.-]/g, '-');
  const gone = execFileSync('sh', ['-c', 'echo $$']).toString().trim();
  const kept = [`${machine}_${process.ppid}_other`, 'elsewhere_1_recent'];
  const removed = [
    `${machine}_${gone}_crashed`,
    `${machine}_${process.pid}_before-restart`,
    'elsewhere_1_ancient',
  ];
  for (const name of [...kept, ...removed]) {
    await mkdir(path.join(directory, 'work', name, 'work-x'), {
      recursive: true,
    });
    await writeFile(path.join(directory, 'work', name, 'work-x/file'), '');
  }
  const longAgo = new Date(Date.now() - 2 * day);
  await utimes(
    path.join(directory, 'work/elsewhere_1_ancient'),
    longAgo,
    longAgo,
  );
  await service.start();
  expect(await leftIn(directory)).toEqual(
    kept.map(name => `work/${name}/work-x/file`).sort(),
  );
});

const whyNot = mountProblem();
if (whyNot)
  process.stderr.write(`Not tested on a full file system: ${whyNot}\n`);

(whyNot ? describe.skip : describe)('on a full file system', () => {
  it('D16 fails and never hangs, and leaves nothing behind', async () => {
    const directory = await folders.make();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', directory]);
    try {
      const { service } = await bench('SQLITE_3', { directory });
      const full = expect.stringContaining('ENOSPC: no space left on device');
      await expect(
        upload(service, randomBytes(8 * MEBIBYTE)),
      ).rejects.toMatchObject({
        name: 'ServiceUnavailableError',
        message: full,
      });
      expect(await leftIn(directory)).toEqual([]);

      const large = compressible(8 * MEBIBYTE);
      const archives = [
        craftZip([{ name: 'Dockerfile', content: large }]),
        await craftTarGzip([
          { name: 'Dockerfile', content: large.toString('latin1') },
        ]),
      ];
      for (const archive of archives) {
        const spec: SourceSpec = {
          type: 'upload',
          upload: (await upload(service, archive)).id,
        };
        await expect(service.fetch(request(spec))).rejects.toMatchObject({
          code: 'ENOSPC',
          message: full,
        });
      }
      // What fits as a tree does not fit a second time as a bundle.
      const fitting = craftZip([
        { name: 'Dockerfile', content: 'FROM a' },
        { name: 'x', content: compressible(2 * MEBIBYTE) },
      ]);
      const spec: SourceSpec = {
        type: 'upload',
        upload: (await upload(service, fitting)).id,
      };
      await expect(service.fetch(request(spec))).rejects.toMatchObject({
        code: 'ENOSPC',
        message: full,
      });
      expect(
        (await leftIn(directory)).filter(file => !file.startsWith('uploads/')),
      ).toEqual([]);
    } finally {
      execFileSync('umount', [directory]);
    }
  });
});

/** About a twentieth of its size when deflated: no bomb. */
function compressible(bytes: number): Buffer {
  const content = Buffer.alloc(bytes, 'x');
  for (let offset = 0; offset < bytes; offset += 64)
    content.writeUInt16LE(randomBytes(2).readUInt16LE(), offset);
  return content;
}

/** Why a small file system cannot be mounted here, or `undefined` if it can. */
function mountProblem(): string | undefined {
  const folder = mkdtempSync(path.join(tmpdir(), 'slipway-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], {
      stdio: 'pipe',
    });
    execFileSync('umount', [folder]);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    rmdirSync(folder);
  }
}
