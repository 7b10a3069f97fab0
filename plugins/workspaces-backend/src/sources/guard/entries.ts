import { quote, formatBytes, refused, type SourceRule } from '../refusal';
import type { SourceLimits } from '../settings';

/** What an archive, a repository or a folder says of one of its entries. */
export interface EntryClaim {
  name: string;
  kind: 'file' | 'folder' | 'link' | 'device';
  /** Unix permission bits, where the source knows them. */
  mode?: number;
  sizeBytes: number;
}

/** The longest segment of a path that file systems take, in UTF-8. */
const SEGMENT_BYTES = 255;

/** Leaves room below PATH_MAX (4,096) for the folder that the path is unpacked into. */
const PATH_BYTES = 2048;

/** Content that is small unpacked is no bomb, however well it was packed. */
const HARMLESS_BYTES = 1024 * 1024;

const SET_USER_OR_GROUP_ID = 0o6000;

/**
 * The rules for what may stand in a source. It is asked about every entry before
 * anything is written, and counts along.
 */
export class EntryGuard {
  readonly #limits: SourceLimits;
  readonly #links: 'refused' | 'admitted';
  /** Case-folded path to the path as it was first seen and what it was. */
  readonly #seen = new Map<
    string,
    { path: string; kind: 'folder' | 'other' }
  >();
  #totalBytes = 0;

  constructor(
    limits: SourceLimits,
    options: { links: 'refused' | 'admitted' },
  ) {
    this.#limits = limits;
    this.#links = options.links;
  }

  get totalBytes(): number {
    return this.#totalBytes;
  }

  /**
   * The entry's path within the source, its segments joined by "/"; empty for the root
   * itself. Throws a refusal that names the entry and the rule.
   */
  admit(claim: EntryClaim): string {
    this.#checkKind(claim);
    const path = entryPath(claim.name);
    const segments = path === '' ? [] : path.split('/');
    if (segments.length > this.#limits.depth) {
      throw entryRefused(
        'depth',
        claim.name,
        `lies more than ${this.#limits.depth} folders deep`,
      );
    }
    if (segments.length > 0) this.#remember(claim, segments);
    this.#count(claim);
    return path;
  }

  #checkKind(claim: EntryClaim): void {
    if (claim.kind === 'device') {
      throw entryRefused(
        'device',
        claim.name,
        'is neither a file nor a folder',
      );
    }
    if (claim.kind === 'link' && this.#links === 'refused') {
      throw entryRefused(
        'link',
        claim.name,
        'is a link; archives with links are not accepted',
      );
    }
    if (
      claim.kind === 'file' &&
      ((claim.mode ?? 0) & SET_USER_OR_GROUP_ID) !== 0
    ) {
      throw entryRefused(
        'set-user-id',
        claim.name,
        'has the set-user-ID or set-group-ID bit',
      );
    }
  }

  #remember(claim: EntryClaim, segments: string[]): void {
    let prefix = '';
    for (const [index, segment] of segments.entries()) {
      prefix = index === 0 ? segment : `${prefix}/${segment}`;
      const kind =
        index < segments.length - 1 || claim.kind === 'folder'
          ? 'folder'
          : 'other';
      const key = foldCase(prefix);
      const before = this.#seen.get(key);
      if (!before) {
        this.#seen.set(key, { path: prefix, kind });
      } else if (before.path !== prefix) {
        throw entryRefused(
          'collision',
          claim.name,
          `differs from ${quote(
            before.path,
          )} only in upper and lower case or in how its letters are encoded`,
        );
      } else if (before.kind !== 'folder' || kind !== 'folder') {
        throw entryRefused('duplicate', claim.name, 'is there twice');
      }
    }
    if (this.#seen.size > this.#limits.entries) {
      throw tooManyEntries(this.#limits);
    }
  }

  #count(claim: EntryClaim): void {
    if (claim.kind !== 'file') return;
    if (claim.sizeBytes > this.#limits.fileBytes) {
      throw entryRefused(
        'file-size',
        claim.name,
        `is larger than ${formatBytes(this.#limits.fileBytes)}`,
      );
    }
    this.#totalBytes += claim.sizeBytes;
    if (this.#totalBytes > this.#limits.totalBytes) {
      throw refused(
        'total-size',
        `the files are larger than ${formatBytes(
          this.#limits.totalBytes,
        )} together`,
        { entry: claim.name },
      );
    }
  }
}

/** The path of an entry without empty and "." segments. Throws a refusal where it is no path within the source. */
export function entryPath(name: string): string {
  if (/\p{Cc}/u.test(name))
    throw entryRefused(
      'control-character',
      name,
      'has a control character in its name',
    );
  if (name.includes('\\'))
    throw entryRefused('path', name, 'has a backslash in its name');
  if (/^[A-Za-z]:/.test(name))
    throw entryRefused('path', name, 'begins with a drive letter');
  if (name.startsWith('/'))
    throw entryRefused('path', name, 'is an absolute path');
  if (name.includes('\ufffd'))
    throw entryRefused('name', name, 'has a name that is not UTF-8');
  if (Buffer.byteLength(name) > PATH_BYTES)
    throw entryRefused(
      'name',
      name,
      `has a path of more than ${PATH_BYTES} bytes`,
    );
  const segments = name
    .split('/')
    .filter(segment => segment !== '' && segment !== '.');
  for (const segment of segments) {
    if (segment === '..') {
      throw entryRefused(
        'path',
        name,
        leaves(segments) ? 'leaves the archive' : 'has ".." in its path',
      );
    }
    if (foldCase(segment) === '.git')
      throw entryRefused(
        'git-folder',
        name,
        'belongs to a .git folder, which is not accepted',
      );
    if (Buffer.byteLength(segment) > SEGMENT_BYTES) {
      throw entryRefused(
        'name',
        name,
        `has a name of more than ${SEGMENT_BYTES} bytes`,
      );
    }
  }
  return segments.join('/');
}

export function entryRefused(
  rule: SourceRule,
  entry: string,
  what: string,
): Error {
  return refused(rule, `entry ${quote(entry)} ${what}`, { entry });
}

export function tooManyEntries(limits: SourceLimits): Error {
  return refused(
    'entries',
    `the source has more than ${limits.entries} files and folders`,
  );
}

function leaves(segments: string[]): boolean {
  let depth = 0;
  return segments.some(segment => {
    depth += segment === '..' ? -1 : 1;
    return depth < 0;
  });
}

/** Where content is far larger than the archive that it comes from: the refusal. */
export function ratioProblem(
  unpackedBytes: number,
  packedBytes: number,
  limits: SourceLimits,
): Error | undefined {
  if (
    unpackedBytes <= HARMLESS_BYTES ||
    unpackedBytes <= packedBytes * limits.ratio
  )
    return undefined;
  return refused(
    'ratio',
    `the archive unpacks to more than ${limits.ratio} times its size`,
  );
}

/** What file systems that ignore case and the form of letters take for the same name. */
function foldCase(text: string): string {
  return text.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}
