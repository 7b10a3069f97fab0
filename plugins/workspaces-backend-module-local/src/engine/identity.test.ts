import { labels } from '@slipway/backstage-plugin-workspaces-common';
import { Identities, Identity } from './identity';

describe('Identities', () => {
  const identities = new Identities('slipway');
  const details = { run: 'run-1', specification: 'hash' };
  const all: Identity[] = [
    { kind: 'app', workspace: 'ws-de', app: 'web', release: 3, replica: 1 },
    { kind: 'dependency', workspace: 'ws-de', dependency: 'web' },
    {
      kind: 'job',
      workspace: 'ws-de',
      app: 'web',
      run: 'run-1',
      work: 'run-1-migrate-web-1',
    },
    { kind: 'helper', workspace: 'ws-de', name: 'abc' },
  ];

  it.each(all)('knows its own again: $kind', identity => {
    const name = identities.container(identity);
    const labelled = identities.containerLabels(identity, details);
    expect(identities.identify(name, labelled)).toEqual(identity);
    const other = new Identities('other');
    expect(other.identify(name, labelled)).toBeUndefined();
    expect(identities.identify('somebody-elses', labelled)).toBeUndefined();
    expect(identities.workspaceOf(name)).toBe('ws-de');
  });

  it('gives no two things one name', () => {
    const names = [
      ...all,
      { ...all[0], workspace: 'ws-de-web', app: 'x' } as Identity,
      { ...all[0], workspace: 'ws-de', app: 'web-x' } as Identity,
    ].map(identity => identities.container(identity));
    expect(new Set(names).size).toBe(names.length);
  });

  it('leaves no label to what an image carries', () => {
    for (const identity of all) {
      const labelled = identities.containerLabels(identity, details);
      expect(Object.keys(labelled).sort()).toEqual(
        Object.values(labels).sort(),
      );
    }
  });
});
