import {
  labelProblem,
  type AppSpec,
} from '@slipway/backstage-plugin-workspaces-common';
import { fieldOf, firstDuplicate, refuse, type Located } from './parts';

/** What a container runtime fills itself. */
const TAKEN = [
  ...['/proc', '/sys', '/dev', '/tmp'],
  ...['/etc/hosts', '/etc/hostname', '/etc/resolv.conf'],
];

/** Checks where the volumes of an app are mounted. */
export function checkVolumes(app: Located<AppSpec>): void {
  const volumes = app.spec.volumes ?? [];
  const field = (index: number, name: string) =>
    fieldOf(app, `volumes[${index}].${name}`);
  for (const [index, volume] of volumes.entries()) {
    refuse(field(index, 'name'), labelProblem(volume.name));
    refuse(
      field(index, 'mountPath'),
      absolutePathProblem(volume.mountPath, '/data'),
    );
  }
  const name = firstDuplicate(volumes.map(volume => volume.name));
  refuse(
    field(name?.index ?? 0, 'name'),
    name && `"${name.value}" is there twice`,
  );
  const path = firstDuplicate(volumes.map(volume => volume.mountPath));
  refuse(
    field(path?.index ?? 0, 'mountPath'),
    path && `"${path.value}" is there twice`,
  );
}

/** Checks where the files of an app lie: in a folder of the image that nothing else fills. */
export function checkFiles(app: Located<AppSpec>): void {
  const { files = [], volumes = [] } = app.spec;
  const field = (index: number) => fieldOf(app, `files[${index}].path`);
  const paths = files.map(({ path }) => path);
  for (const [index, path] of paths.entries()) {
    refuse(field(index), absolutePathProblem(path, '/app/license.key'));
    refuse(
      field(index),
      path.lastIndexOf('/') === 0 &&
        `"${path}" must lie in a folder, for example "/app${path}"`,
    );
    const taken = TAKEN.find(folder => isBelow(path, folder));
    refuse(
      field(index),
      taken &&
        `"${path}" is the container's own, as all of "${taken}"; choose another path`,
    );
    const volume = volumes.find(({ mountPath }) => isBelow(path, mountPath));
    refuse(
      field(index),
      volume &&
        `"${path}" lies on the volume "${volume.name}", which keeps what it has; choose a path beside it`,
    );
    const inside = volumes.find(({ mountPath }) => isBelow(mountPath, path));
    refuse(
      field(index),
      inside && `"${path}" is where the volume "${inside.name}" lies`,
    );
    const folder = paths.find(other => other !== path && isBelow(path, other));
    refuse(field(index), folder && `"${path}" lies below the file "${folder}"`);
  }
  const twice = firstDuplicate(paths);
  refuse(field(twice?.index ?? 0), twice && `"${twice.value}" is there twice`);
}

function isBelow(path: string, folder: string): boolean {
  return `${path}/`.startsWith(`${folder}/`);
}

function absolutePathProblem(
  path: string,
  example: string,
): string | undefined {
  const [root, ...segments] = path.split('/');
  const isAbsolute =
    root === '' &&
    segments.every(
      segment => segment !== '' && segment !== '.' && segment !== '..',
    );
  if (isAbsolute && !/[:,\\]/.test(path)) return undefined;
  return `"${path}" must be an absolute path without "." and "..", for example "${example}"`;
}
