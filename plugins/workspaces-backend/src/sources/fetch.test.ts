import { readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { TestDatabases } from '@backstage/backend-test-utils';
import type { SourceSpec } from '@slipway/backstage-plugin-workspaces-common';
import {
  contentOf,
  failure,
  leftIn,
  makeBench,
  request,
  uploaded,
  type Bench,
  type BenchOptions,
} from './__testUtils__/bench';
import { GitServer, write } from './__testUtils__/GitServer';
import { TemporaryFolders } from './__testUtils__/temporary';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: ['SQLITE_3'] });
const folders = new TemporaryFolders();

afterAll(() => folders.remove());

async function bench(options?: BenchOptions): Promise<Bench> {
  return makeBench(await databases.init('SQLITE_3'), folders, options);
}

describe('a fetch', () => {
  it('takes the one folder of an archive for the source, unless a path says otherwise', async () => {
    const { service } = await bench();
    const spec = await uploaded(service, {
      'app-main/Dockerfile': 'FROM a',
      'app-main/web/Dockerfile': 'FROM b',
      '__MACOSX/app-main/._x': '',
    });
    const asked = request(spec);
    expect((await service.fetch(asked)).inspection.baseImages).toEqual(['a']);
    expect(asked.lines[0]).toBe(
      'The archive holds one folder, "app-main": it is the root of the source',
    );
    expect(
      (await service.fetch(request({ ...spec, path: 'web' }))).inspection
        .baseImages,
    ).toEqual(['b']);
    expect(
      (await service.fetch(request({ ...spec, path: './app-main/web' })))
        .inspection.baseImages,
    ).toEqual(['b']);
  });

  it('D15 says which Dockerfiles there are where it cannot choose', async () => {
    const { service } = await bench();
    const cases: [
      files: Record<string, string>,
      dockerfile: string | undefined,
      text: string,
      found: string[],
    ][] = [
      [
        { 'index.html': '' },
        undefined,
        'there is no Dockerfile at the root of the build context; the build context holds no Dockerfile at all',
        [],
      ],
      [
        { 'web/Dockerfile': '', x: '' },
        undefined,
        'there is no Dockerfile at the root of the build context; found are "web/Dockerfile"',
        ['web/Dockerfile'],
      ],
      [
        {
          'Dockerfile.dev': '',
          'web.Dockerfile': '',
          'web.Dockerfile.dockerignore': '',
        },
        undefined,
        'several Dockerfiles, and none was named; found are "Dockerfile.dev", "web.Dockerfile"',
        ['Dockerfile.dev', 'web.Dockerfile'],
      ],
      [
        { Dockerfile: '' },
        'Dockerfile.prod',
        'there is no Dockerfile at "Dockerfile.prod"; found are "Dockerfile"',
        ['Dockerfile'],
      ],
    ];
    for (const [files, dockerfile, text, dockerfiles] of cases) {
      const spec = await uploaded(service, files);
      const { evidence, message } = await failure(
        service.fetch(request(spec, { dockerfile })),
      );
      expect(message).toBe(`The source cannot be built: ${text}`);
      expect(evidence[0]).toMatchObject({
        kind: 'error',
        source: 'Dockerfile',
        text,
        first: true,
        facts: { dockerfiles },
      });
      const inspection = await service.inspect(request(spec, { dockerfile }));
      const code = text.startsWith('several')
        ? 'DOCKERFILE_AMBIGUOUS'
        : 'DOCKERFILE_MISSING';
      expect(inspection).toMatchObject({
        dockerfiles,
        baseImages: [],
        problem: { code, evidence: [{ text }] },
      });
      expect(inspection.dockerfile).toBeUndefined();
    }
  });

  it('D8 D16 refuses a Dockerfile or path that leaves the source', async () => {
    const { service } = await bench();
    const spec = await uploaded(service, {
      Dockerfile: 'FROM a',
      'sub/Dockerfile': 'FROM b',
    });
    expect(
      (
        await failure(
          service.fetch(request(spec, { dockerfile: '../../etc/passwd' })),
        )
      ).message,
    ).toBe(
      'dockerfile "../../etc/passwd" must stay within the source; ".." is not accepted',
    );
    expect(
      (await failure(service.fetch(request({ ...spec, path: '../sub' }))))
        .message,
    ).toBe(
      'source.path: "../sub" must stay within the source; ".." is not accepted',
    );
    expect(
      (await failure(service.fetch(request({ ...spec, path: 'sub/none' }))))
        .message,
    ).toBe(
      'the source has no folder "sub/none"; at its root are "Dockerfile", "sub"',
    );
    expect(
      (await failure(service.fetch(request({ ...spec, path: 'Dockerfile' }))))
        .message,
    ).toBe(
      'the source has no folder "Dockerfile"; at its root are "Dockerfile", "sub"',
    );
  });

  it('D16 refuses a frontend that is not the standard one', async () => {
    const { service } = await bench();
    const spec = await uploaded(service, {
      Dockerfile: '# syntax=evil/frontend:latest\nFROM a',
    });
    const { evidence } = await failure(service.fetch(request(spec)));
    expect(evidence[0].facts).toEqual({
      rule: 'syntax-directive',
      entry: 'Dockerfile',
    });
    expect(evidence[0].text).toContain(
      '"Dockerfile" asks for the frontend "evil/frontend:latest"',
    );
  });

  it('leaves nothing behind where it fails, is cancelled or takes too long', async () => {
    const { service, directory, knex } = await bench();
    const spec = await uploaded(service, {
      Dockerfile: 'FROM a',
      '../evil': '',
    });
    const before = await leftIn(directory);
    expect((await failure(service.fetch(request(spec)))).message).toBe(
      'entry "../evil" leaves the archive',
    );
    const cancelled = AbortSignal.abort(new Error('cancelled'));
    await expect(
      service.fetch(request(spec, { signal: cancelled })),
    ).rejects.toThrow('cancelled');
    expect(await leftIn(directory)).toEqual(before);
    expect(await knex('bundles')).toEqual([]);

    const hurried = await bench({
      limits: { timeoutMilliseconds: 1 },
    });
    const { message } = await failure(
      hurried.service.fetch(
        request(
          await uploaded(hurried.service, {
            Dockerfile: 'FROM a'.repeat(100_000),
          }),
        ),
      ),
    );
    expect(message).toBe(
      'the source took longer than 0.001 s, the limit (workspaces.sources.limits.timeout)',
    );
    expect(
      (await leftIn(hurried.directory)).filter(
        file => !file.startsWith('uploads'),
      ),
    ).toEqual([]);
  });
});

describe('a folder', () => {
  it('is fetched in place, from below the configured roots alone', async () => {
    const root = await folders.with({
      'shop/Dockerfile': 'FROM a',
      'shop/go.mod': '',
      file: '',
    });
    const outside = await folders.with({ Dockerfile: 'FROM secret' });
    await symlink(outside, path.join(root, 'escape'));
    await symlink(path.join(root, 'shop'), path.join(root, 'inside'));
    const { service } = await bench({ folders: [root] });
    const fetched = await service.fetch(
      request({ type: 'folder', folder: path.join(root, 'shop') }),
    );
    expect(fetched).toMatchObject({
      revision: `sha256:${fetched.bundle}`,
      inspection: { runtime: 'go', baseImages: ['a'] },
    });
    expect(
      (
        await service.fetch(
          request({ type: 'folder', folder: path.join(root, 'inside') }),
        )
      ).bundle,
    ).toBe(fetched.bundle);

    const escape = path.join(root, 'escape');
    expect(
      (
        await failure(
          service.fetch(request({ type: 'folder', folder: escape })),
        )
      ).message,
    ).toBe(
      `"${escape}" is a link: "${outside}" is not below a folder that sources may come from (${root}). If it is meant, an operator adds it to the configuration: workspaces.sources.folders: ['${outside}']`,
    );
    for (const name of ['file', 'none']) {
      const folder = path.join(root, name);
      expect(
        (await failure(service.fetch(request({ type: 'folder', folder }))))
          .message,
      ).toBe(
        `"${folder}" is not a folder of the machine that the portal runs on`,
      );
    }
    await expect(
      service.inspect(request({ type: 'folder', folder: outside })),
    ).rejects.toMatchObject({ name: 'InputError' });
    expect(await readFile(path.join(root, 'shop/Dockerfile'), 'utf8')).toBe(
      'FROM a',
    );
  });

  it('D16 refuses a Dockerfile that is a link out of the folder', async () => {
    const root = await folders.with({
      'shop/x': '',
      'other/Dockerfile': 'FROM secret',
    });
    await symlink('../other/Dockerfile', path.join(root, 'shop/Dockerfile'));
    const { service } = await bench({ folders: [root] });
    const { message } = await failure(
      service.fetch(
        request({ type: 'folder', folder: path.join(root, 'shop') }),
      ),
    );
    expect(message).toBe(
      'entry "Dockerfile" is a link that leaves the source or the build context',
    );
  });
});

describe('git', () => {
  let server: GitServer;
  const before = process.env.GIT_SSL_CAINFO;
  beforeAll(async () => {
    server = await GitServer.start(await folders.make());
    await server.create('app.git', async (git, folder) => {
      await write(folder, 'services/web/docker/Dockerfile', 'FROM a');
      await symlink(
        'docker/Dockerfile',
        path.join(folder, 'services/web/Dockerfile'),
      );
      await write(folder, 'services/bad/Dockerfile', 'FROM a');
      await symlink(
        '../web/Dockerfile',
        path.join(folder, 'services/bad/link'),
      );
      git('add', '.');
      git('commit', '-q', '-m', 'one');
    });
    process.env.GIT_SSL_CAINFO = server.certificates.authority;
  });
  afterAll(async () => {
    if (before === undefined) delete process.env.GIT_SSL_CAINFO;
    else process.env.GIT_SSL_CAINFO = before;
    await server?.stop();
  });

  it('is fetched into a bundle with its links, and inspected with its branches', async () => {
    const { service, directory } = await bench({
      allow: [`localhost:${server.port}`],
    });
    const spec: SourceSpec = {
      type: 'git',
      url: server.url('private/app.git'),
      path: 'services/web',
      revision: 'main',
    };
    const fetched = await service.fetch(
      request(spec, { token: `${server.password}\n` }),
    );
    expect(fetched.revision).toMatch(/^[0-9a-f]{40}$/);
    expect(fetched.inspection).toMatchObject({
      dockerfiles: ['Dockerfile', 'docker/Dockerfile'],
      dockerfile: 'docker/Dockerfile',
      baseImages: ['a'],
      files: 2,
    });
    expect(await contentOf(service, fetched.bundle)).toEqual({
      'docker/': '',
      'docker/Dockerfile': 'FROM a',
      Dockerfile: '',
    });
    expect(
      await service.inspect(request(spec, { token: server.password })),
    ).toMatchObject({ branches: ['main'], revision: fetched.revision });
    expect((await service.inspect(request(spec))).problem?.code).toBe(
      'GIT_AUTH',
    );
    expect(await leftIn(directory)).toEqual([
      `bundles/${fetched.bundle.slice(0, 2)}/${fetched.bundle}.tar`,
    ]);
  });

  it('D16 refuses a link that leaves the build context', async () => {
    const { service } = await bench({
      allow: [`localhost:${server.port}`],
    });
    const spec: SourceSpec = {
      type: 'git',
      url: server.url('public/app.git'),
      path: 'services/bad',
    };
    expect((await failure(service.fetch(request(spec)))).message).toBe(
      'entry "link" is a link that leaves the source or the build context',
    );
  });
});
