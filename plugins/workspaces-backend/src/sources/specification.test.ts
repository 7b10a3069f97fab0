import type { SourceSpec } from '@slipway/backstage-plugin-workspaces-common';
import { InputError } from '@backstage/errors';
import { AddressGuard } from './guard/addresses';
import { defaultLimits } from './settings';
import { validateSource } from './specification';

const settings = { allow: [], folders: ['/srv/apps'], limits: defaultLimits };
const guard = new AddressGuard([]);
const upload = '4a2c9d3e-7b11-4c55-9d1f-0c2e5a7b9f10';

function problem(spec: SourceSpec): string | undefined {
  try {
    validateSource(spec, 'apps[0].source', guard, settings);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
}

describe('validateSource', () => {
  it.each<SourceSpec>([
    { type: 'git', url: 'https://github.com/team/app.git' },
    {
      type: 'git',
      url: 'https://github.com/team/app',
      revision: 'feature/x_1.2',
      token: 'id',
      path: 'services/web',
    },
    {
      type: 'zip',
      url: 'https://example.com/a.zip?signature=abc',
      token: 'id',
    },
    { type: 'upload', upload, path: './web' },
    { type: 'folder', folder: '/srv/apps/shop' },
    { type: 'folder', folder: '/srv/apps', path: 'a/..b' },
  ])('accepts %j', spec => expect(problem(spec)).toBeUndefined());

  it.each<[SourceSpec, string]>([
    [{ type: 'svn' as 'git' }, 'type: must be one of git, zip, upload, folder'],
    [{ type: 'git' }, 'url: is required for the type "git"'],
    [{ type: 'zip', url: '' }, 'url: is required for the type "zip"'],
    [{ type: 'upload' }, 'upload: is required for the type "upload"'],
    [{ type: 'folder' }, 'folder: is required for the type "folder"'],
    [
      { type: 'zip', url: 'https://a.example/z', revision: 'main' },
      'revision: does not belong to the type "zip"; accepted are url, token, path',
    ],
    [
      { type: 'upload', upload, token: 'x' },
      'token: does not belong to the type "upload"; accepted are upload, path',
    ],
    [
      { type: 'folder', folder: '/srv/apps/a', url: 'https://a.example' },
      'url: does not belong to the type "folder"; accepted are folder, path',
    ],
    [
      { type: 'git', url: 'http://github.com/a' },
      'url: the scheme "http://" is not accepted; accepted is https://',
    ],
    [
      { type: 'git', url: 'https://127.0.0.1/a' },
      "url: 127.0.0.1 is a loopback address, which sources may not reach. If it is meant to be reached, an operator adds it to the configuration: workspaces.sources.allow: ['127.0.0.1']",
    ],
    [
      { type: 'git', url: 'https://github.com/a?x=1' },
      'url: the address of a repository has neither "?" nor "#"',
    ],
    [
      { type: 'upload', upload: '../../etc/passwd' },
      'upload: must be an id that POST /sources answered',
    ],
    [
      { type: 'folder', folder: 'apps/shop' },
      'folder: "apps/shop" must be an absolute path',
    ],
    [
      { type: 'folder', folder: '/srv/apps/../secrets' },
      `folder: "/srv/apps/../secrets" is not below a folder that sources may come from (/srv/apps). If it is meant, an operator adds it to the configuration: workspaces.sources.folders: ['/srv/secrets']`,
    ],
    [
      { type: 'folder', folder: '/srv/apps2' },
      `folder: "/srv/apps2" is not below a folder that sources may come from (/srv/apps). If it is meant, an operator adds it to the configuration: workspaces.sources.folders: ['/srv/apps2']`,
    ],
    [
      { type: 'upload', upload, path: '../web' },
      'path: "../web" must stay within the source; ".." is not accepted',
    ],
    [
      { type: 'upload', upload, path: '/etc' },
      'path: "/etc" must be relative to the source, for example "services/web"',
    ],
    [
      { type: 'upload', upload, path: 'C:/x' },
      'path: "C:/x" must be relative to the source, for example "services/web"',
    ],
    [
      { type: 'upload', upload, path: 'a\\b' },
      'path: "a\\\\b" must not hold backslashes or control characters',
    ],
    [
      { type: 'upload', upload, path: '' },
      'path: must not be empty; leave it out for the root of the source',
    ],
  ])('D8 D16 refuses %j', (spec, message) =>
    expect(problem(spec)).toBe(`apps[0].source.${message}`),
  );

  it.each([
    '--upload-pack=touch /tmp/x',
    '-x',
    'main\nevil: true',
    'a b',
    '$(id)',
    'a..b',
    'a//b',
    'a/',
    '/a',
    '.hidden',
    'a.lock',
    'a/.b',
    'HEAD^{tree}',
    'main:refs/heads/x',
    '+main',
    '*',
    'x'.repeat(202),
    '',
  ])('D9 refuses the revision %j', revision =>
    expect(
      problem({ type: 'git', url: 'https://github.com/a/b', revision }),
    ).toMatch(
      /^apps\[0\]\.source\.revision: .* is not the name of a branch, tag or commit/,
    ),
  );
});
