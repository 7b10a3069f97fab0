import {
  formatReference,
  parseReference,
  registryProblem,
  repositoryProblem,
} from './reference';

const digest = `sha256:${'a'.repeat(64)}`;

describe('the name of an image', () => {
  it.each([
    [
      'registry.test/app:1',
      { registry: 'registry.test', repository: 'app', tag: '1' },
    ],
    [
      '10.0.0.1:5000/slipway/ws-a/web:run-1',
      {
        registry: '10.0.0.1:5000',
        repository: 'slipway/ws-a/web',
        tag: 'run-1',
      },
    ],
    [
      `localhost/a/b@${digest}`,
      { registry: 'localhost', repository: 'a/b', digest },
    ],
    [
      `r.test:443/a__b/c-d:x@${digest}`,
      { registry: 'r.test:443', repository: 'a__b/c-d', tag: 'x', digest },
    ],
  ])('%s is read and written', (text, reference) => {
    expect(parseReference(text)).toEqual(reference);
    expect(formatReference(reference)).toBe(text);
  });

  it.each([
    ['no registry', 'library/busybox:1'],
    ['nothing but a name', 'busybox:1'],
    ['a scheme', 'https://registry.test/app:1'],
    ['neither tag nor digest', 'registry.test/app'],
    ['a repository in capitals', 'registry.test/App:1'],
    ['a way up', 'registry.test/a/../b:1'],
    ['an empty part', 'registry.test/a//b:1'],
    ['a query', 'registry.test/a?b:1'],
    ['a comma', 'registry.test/a:1,push=true'],
    ['a space', 'registry.test/a b:1'],
    ['a line break', 'registry.test/a:1\n'],
    ['a port that is none', 'registry.test:99999/a:1'],
    ['a name with a password', 'user:secret@registry.test/a:1'],
    ['a short digest', 'registry.test/a@sha256:abc'],
    ['another digest', `registry.test/a@sha512:${'a'.repeat(128)}`],
    ['two digests', `registry.test/a@${digest}@${digest}`],
    ['two tags', 'registry.test/a:1:2'],
    ['a tag that begins with a dot', 'registry.test/a:.1'],
  ])('with %s is refused', (_, text) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ name: 'InputError' }),
    );
  });
});

describe('the name of a registry', () => {
  it.each(['registry.example.com', 'registry:5000', '10.0.0.1', 'localhost:1'])(
    '%s is one',
    name => expect(registryProblem(name)).toBeUndefined(),
  );

  it.each(['', 'a b', 'a/b', '-a.test', 'a..test', 'a:0', 'a:b', 'a.test:'])(
    '"%s" is none',
    name =>
      expect(registryProblem(name)).toContain('is not the name of a registry'),
  );

  it('says that it goes without a scheme', () => {
    expect(registryProblem('https://registry.test')).toContain(
      'must be without "https://"',
    );
  });
});

it('knows the longest repository', () => {
  expect(repositoryProblem('a'.repeat(255))).toBeUndefined();
  expect(repositoryProblem('a'.repeat(256))).toContain('at most 255');
});
