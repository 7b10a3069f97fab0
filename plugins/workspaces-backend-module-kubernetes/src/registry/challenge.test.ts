import { parseChallenge } from './challenge';

describe('WWW-Authenticate', () => {
  it.each([
    ['Basic realm="slipway"', { scheme: 'basic' }],
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/busybox:pull"',
      {
        scheme: 'bearer',
        realm: 'https://auth.docker.io/token',
        service: 'registry.docker.io',
        scope: 'repository:library/busybox:pull',
      },
    ],
    [
      'bearer realm="https://r.test/service/token", service=harbor-registry, scope="repository:a/b:pull,push", error="invalid_token"',
      {
        scheme: 'bearer',
        realm: 'https://r.test/service/token',
        service: 'harbor-registry',
        scope: 'repository:a/b:pull,push',
        error: 'invalid_token',
      },
    ],
    [
      'Bearer realm="https://r.test/a\\"b"',
      { scheme: 'bearer', realm: 'https://r.test/a"b' },
    ],
  ])('%s', (header, challenge) => {
    expect(parseChallenge(header)).toEqual(challenge);
  });

  it.each([undefined, '', 'Negotiate', 'Bearer service="x"'])(
    '%s says nothing that a registry would',
    header => expect(parseChallenge(header)).toBeUndefined(),
  );
});
