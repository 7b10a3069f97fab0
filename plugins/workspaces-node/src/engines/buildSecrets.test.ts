import { secretRemarks } from './buildSecrets';
import { Dockerfile } from './Dockerfile';

function remarks(given: string[], ...lines: string[]): string[] {
  const secrets = given.map(name => ({ name }));
  return secretRemarks(secrets, new Dockerfile(lines.join('\n')));
}

describe('secretRemarks', () => {
  it('says nothing where each secret is mounted and each mount has its secret', () => {
    expect(
      remarks(
        ['npm', 'settings.xml', 'other'],
        'FROM busybox',
        'RUN --mount=type=secret,id=npm,target=/root/.npmrc npm ci',
        'RUN --network=none --mount=type=cache,target=/c --mount=type=secret,dst=/root/settings.xml mvn package',
        'RUN --mount=type=secret,src=other,destination=/a true',
      ),
    ).toEqual([]);
  });

  it('names the line that mounts what the build does not have', () => {
    expect(
      remarks([], 'FROM busybox', 'RUN --mount=type=secret,id=npm npm ci'),
    ).toEqual([
      'Warning: line 2 of the Dockerfile mounts the secret "npm", which "build.secrets" does not name: it is missing there',
    ]);
  });

  it('names a secret that nothing mounts, whatever a command says of it', () => {
    expect(
      remarks(
        ['npm'],
        'FROM busybox',
        'RUN echo --mount=type=secret,id=npm',
        'RUN --mount=type=bind,id=npm,target=/a true',
      ),
    ).toEqual([
      'Warning: nothing in the Dockerfile mounts the secret "npm"; "RUN --mount=type=secret,id=npm" does',
    ]);
  });

  it('does not guess at a name that only the build fills in', () => {
    expect(
      remarks([], 'FROM busybox', 'RUN --mount=type=secret,id=$NAME true'),
    ).toEqual([]);
  });
});
