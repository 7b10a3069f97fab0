import type {
  SourceInspection,
  SourceSpec,
  SourceToInspect,
  SourceType,
} from '@slipway/backstage-plugin-workspaces-common';
import type { SourceValue } from './schema';

/** In the order in which they are offered. */
export const sourceTypes: SourceType[] = ['git', 'upload', 'zip', 'folder'];

/** The source of a value; a git repository to begin with. */
export function sourceOf(value: SourceValue | undefined): SourceSpec {
  return value?.source ?? { type: 'git' };
}

/** The source with some of its fields changed; what is empty is left out, as the API wants it. */
export function withFields(
  source: SourceSpec,
  change: Partial<SourceSpec>,
): SourceSpec {
  const fields = Object.entries({ ...source, ...change });
  return Object.fromEntries(
    fields.filter(([, field]) => field !== undefined && field !== ''),
  ) as unknown as SourceSpec;
}

/** What is missing for somebody to look at the source, or `undefined` if nothing is. */
export function missingOf(
  source: SourceSpec,
): 'url' | 'upload' | 'folder' | undefined {
  switch (source.type) {
    case 'upload':
      return source.upload ? undefined : 'upload';
    case 'folder':
      return source.folder ? undefined : 'folder';
    default:
      return isAddress(source.url) ? undefined : 'url';
  }
}

/** What is looked at, or `undefined` as long as something is missing. */
export function toInspect(
  value: SourceValue | undefined,
): SourceToInspect | undefined {
  const source = sourceOf(value);
  if (missingOf(source)) return undefined;
  return { source, ...(value?.dockerfile && { dockerfile: value.dockerfile }) };
}

const DOCKERFILE_PROBLEMS = ['DOCKERFILE_AMBIGUOUS', 'DOCKERFILE_MISSING'];

/** Whether there are Dockerfiles, but somebody has to say which one is meant. */
export function needsDockerfile(inspection: SourceInspection): boolean {
  const { problem, dockerfiles } = inspection;
  return (
    problem !== undefined &&
    DOCKERFILE_PROBLEMS.includes(problem.code) &&
    dockerfiles.length > 0
  );
}

function isAddress(text: string | undefined): boolean {
  try {
    return new URL(text ?? '').hostname !== '';
  } catch {
    return false; // not one yet
  }
}
