import type { AppSpec } from '@slipway/backstage-plugin-workspaces-common';
import type { DependencyRow } from '../store/rows';
import { changedDependencies } from './dependencies';
import { checkVolumes } from './volumes';

describe('sizes of volumes', () => {
  const appWith = (sizeGiB?: number) =>
    ({
      name: 'web',
      source: { type: 'git' },
      volumes: [{ name: 'files', mountPath: '/files', sizeGiB }],
    } as AppSpec);
  const changeApp = (from?: number, to?: number) => () =>
    checkVolumes({ field: 'apps[0]', spec: appWith(to) }, appWith(from));

  it('of an app grow, are left as they are, and are not made smaller', () => {
    expect(changeApp(2, 3)).not.toThrow();
    expect(changeApp(2, undefined)).not.toThrow();
    expect(changeApp(undefined, 1)).not.toThrow(); // the engine knows what it has
    expect(changeApp(2, 1)).toThrow(
      'apps[0].volumes[0].sizeGiB: cannot be changed from 2 to 1, a volume does not become smaller',
    );
  });

  it('of a dependency are not made smaller', () => {
    const stored = { type: 'postgres', version: '15', volumeSizeGiB: 5 };
    const row = { name: 'db', spec: JSON.stringify(stored) } as DependencyRow;
    const change = (volumeSizeGiB: number) =>
      changedDependencies(
        [
          {
            field: 'dependencies[0]',
            spec: {
              type: 'postgres',
              version: '15',
              name: 'db',
              volumeSizeGiB,
            },
          },
        ],
        [row],
      );
    expect(change(6)[0].spec.volumeSizeGiB).toBe(6);
    expect(() => change(4)).toThrow(
      'dependencies[0].volumeSizeGiB: cannot be changed from 5 to 4',
    );
  });
});
