import path from 'node:path';
import { InputError } from '@backstage/errors';
import type {
  SourceSpec,
  SourceType,
} from '@slipway/backstage-plugin-workspaces-common';
import type { AddressGuard } from './guard/addresses';
import type { SourceSettings } from './settings';

type Field = Exclude<keyof SourceSpec, 'type'>;

/** Which fields belong to which type; the first is required. */
const FIELDS: Record<SourceType, [required: Field, ...optional: Field[]]> = {
  git: ['url', 'revision', 'token', 'path'],
  zip: ['url', 'token', 'path'],
  upload: ['upload', 'path'],
  folder: ['folder', 'path'],
};

/** A branch, tag or commit: no option, no refspec, no way out of `refs/`. */
const REVISION = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,200}$/;

const UPLOAD_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Throws an InputError that names the field, for whatever can be seen without going there. */
export function validateSource(
  spec: SourceSpec,
  field: string,
  guard: AddressGuard,
  settings: SourceSettings,
): void {
  const refuse = (name: string, problem: string | undefined) => {
    if (problem) throw new InputError(`${field}.${name}: ${problem}`);
  };
  const accepted: Field[] = FIELDS[spec.type];
  if (!accepted)
    refuse('type', `must be one of ${Object.keys(FIELDS).join(', ')}`);
  const [required] = FIELDS[spec.type];
  for (const name of Object.keys(spec) as (keyof SourceSpec)[]) {
    if (
      name !== 'type' &&
      spec[name] !== undefined &&
      !accepted.includes(name)
    ) {
      refuse(
        name,
        `does not belong to the type "${
          spec.type
        }"; accepted are ${accepted.join(', ')}`,
      );
    }
  }
  if (!spec[required])
    refuse(required, `is required for the type "${spec.type}"`);

  if (spec.url !== undefined)
    refuse(
      'url',
      urlTextProblem(spec.url) ??
        guard.problem(spec.url) ??
        (spec.type === 'git' ? gitUrlProblem(spec.url) : undefined),
    );
  if (spec.revision !== undefined)
    refuse('revision', revisionProblem(spec.revision));
  if (spec.upload !== undefined && !UPLOAD_ID.test(spec.upload))
    refuse('upload', 'must be an id that POST /sources answered');
  if (spec.folder !== undefined)
    refuse('folder', folderProblem(spec.folder, settings.folders));
  if (spec.path !== undefined) refuse('path', relativePathProblem(spec.path));
}

/** What parsing an address would drop in silence. */
function urlTextProblem(url: string): string | undefined {
  return /[\s\p{Cc}]/u.test(url)
    ? `${JSON.stringify(url)} must hold no spaces or control characters`
    : undefined;
}

/** Says what is wrong with a path within a source, or `undefined` if nothing is. */
export function relativePathProblem(text: string): string | undefined {
  const shown = JSON.stringify(text);
  if (text === '')
    return 'must not be empty; leave it out for the root of the source';
  if (/[\p{Cc}\\]/u.test(text))
    return `${shown} must not hold backslashes or control characters`;
  if (text.startsWith('/') || /^[A-Za-z]:/.test(text))
    return `${shown} must be relative to the source, for example "services/web"`;
  if (text.split('/').includes('..'))
    return `${shown} must stay within the source; ".." is not accepted`;
  return undefined;
}

/** Says what is wrong with the name of a branch, tag or commit, or `undefined` if nothing is. */
export function revisionProblem(revision: string): string | undefined {
  if (
    REVISION.test(revision) &&
    !/\.\.|\/\/|\/\.|\/$|\.$|\.lock(\/|$)/.test(revision)
  )
    return undefined;
  return `${JSON.stringify(
    revision,
  )} is not the name of a branch, tag or commit: letters, digits and ". _ / -", beginning with a letter or digit`;
}

/** Says why a folder of this machine may not be used, by its name alone, or `undefined` if it may. */
export function folderProblem(
  folder: string,
  roots: string[],
): string | undefined {
  if (!path.isAbsolute(folder) || folder.includes('\0'))
    return `${JSON.stringify(folder)} must be an absolute path`;
  if (roots.some(root => isWithin(folder, root))) return undefined;
  return `${JSON.stringify(
    folder,
  )} is not below a folder that sources may come from (${
    roots.join(', ') || 'there is none'
  }). If it is meant, an operator adds it to the configuration: workspaces.sources.folders: ['${path.resolve(
    folder,
  )}']`;
}

/** Whether a path lies below a root or is it; both are compared as they are written. */
export function isWithin(file: string, root: string): boolean {
  const relative = path.relative(path.resolve(root), path.resolve(file));
  return (
    relative === '' ||
    (relative !== '..' &&
      !relative.startsWith(`..${path.sep}`) &&
      !path.isAbsolute(relative))
  );
}

function gitUrlProblem(text: string): string | undefined {
  const { search, hash } = new URL(text);
  return search || hash
    ? 'the address of a repository has neither "?" nor "#"'
    : undefined;
}
