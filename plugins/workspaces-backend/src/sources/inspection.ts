import type {
  BuildArgument,
  SourceInspection,
} from '@slipway/backstage-plugin-workspaces-common';
import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import {
  isStandardSyntax,
  readDockerfile,
  type DockerfileFacts,
} from './dockerfile';
import { quote, refused, sourceError } from './refusal';
import { relativePathProblem } from './specification';
import type { SourceTree } from './SourceTree';

/** Folders below the build context in which Dockerfiles are looked for. */
const SEARCH_DEPTH = 4;
const MOST_FOLDERS_SEARCHED = 5000;
const MOST_DOCKERFILES = 100;
const LONGEST_DOCKERFILE = 256 * 1024;
const FOLDERS_NOT_SEARCHED = ['.git', 'node_modules', 'vendor'];

const DOCKERFILE_NAME = /^Dockerfile$|^Dockerfile\..+$|^.+\.Dockerfile$/;

/** Marks at the root of a context that say what an app runs on, the surest first. */
const RUNTIME_MARKS: [runtime: string, name: RegExp][] = [
  ['dotnet', /\.(csproj|fsproj|sln)$/],
  ['go', /^go\.mod$/],
  ['java', /^(pom\.xml|build\.gradle(\.kts)?)$/],
  ['python', /^(requirements\.txt|pyproject\.toml|Pipfile)$/],
  ['node', /^package\.json$/],
  ['static', /^index\.html$/],
];

/** What is known of a build context before anything of it is packed, and what would make a build fail. */
export interface Look {
  inspection: Omit<SourceInspection, 'files' | 'sizeBytes'>;
  failure?: EngineError;
}

/** Looks at a build context; goes on as far as it can where a build would fail. */
export async function look(
  context: SourceTree,
  build: { dockerfile?: string; buildArguments?: BuildArgument[] },
): Promise<Look> {
  const dockerfiles = await findDockerfiles(context);
  const inspection = {
    dockerfiles,
    runtime: await guessRuntime(context),
    baseImages: [] as string[],
  };
  try {
    const dockerfile = await chooseDockerfile(
      context,
      dockerfiles,
      build.dockerfile,
    );
    const { baseImages, port } = await readChosen(
      context,
      dockerfile,
      build.buildArguments,
    );
    return { inspection: { ...inspection, dockerfile, baseImages, port } };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { inspection, failure: error };
  }
}

/** The Dockerfiles of a build context, in the order of their paths. */
async function findDockerfiles(tree: SourceTree): Promise<string[]> {
  const found: string[] = [];
  let searched = 0;
  let folders = [''];
  for (let depth = 0; depth <= SEARCH_DEPTH; depth += 1) {
    const next: string[] = [];
    for (const folder of folders) {
      searched += 1;
      if (searched > MOST_FOLDERS_SEARCHED || found.length >= MOST_DOCKERFILES)
        break;
      for (const { name, kind } of await tree.children(folder)) {
        const path = folder === '' ? name : `${folder}/${name}`;
        if (kind === 'folder' && !FOLDERS_NOT_SEARCHED.includes(name))
          next.push(path);
        if (
          (kind === 'file' || kind === 'link') &&
          DOCKERFILE_NAME.test(name) &&
          !name.endsWith('.dockerignore')
        )
          found.push(path);
      }
    }
    folders = next;
  }
  return found.sort().slice(0, MOST_DOCKERFILES);
}

/**
 * The Dockerfile to build, links followed: the one that was named, else `Dockerfile` at the
 * root of the context. Throws where that is none; its evidence names those that were found.
 */
async function chooseDockerfile(
  tree: SourceTree,
  found: string[],
  named: string | undefined,
): Promise<string> {
  const problem = named === undefined ? undefined : relativePathProblem(named);
  if (problem) throw refused('path', `dockerfile ${problem}`, { entry: named });
  const chosen = await tree.resolve(named ?? 'Dockerfile');
  if ((await tree.kind(chosen)) === 'file') return chosen;
  const candidates =
    found.length > 0
      ? `found are ${found.map(quote).join(', ')}`
      : 'the build context holds no Dockerfile at all';
  if (named !== undefined)
    throw noDockerfile(
      `there is no Dockerfile at ${quote(named)}; ${candidates}`,
      found,
    );
  if (found.length < 2)
    throw noDockerfile(
      `there is no Dockerfile at the root of the build context; ${candidates}`,
      found,
    );
  throw noDockerfile(
    `several Dockerfiles, and none was named; ${candidates}`,
    found,
  );
}

function noDockerfile(text: string, dockerfiles: string[]): EngineError {
  return sourceError(`The source cannot be built: ${text}`, {
    source: 'Dockerfile',
    text,
    facts: { dockerfiles },
  });
}

/** Reads the Dockerfile that will be built. Throws where it asks for a frontend that is not ours. */
async function readChosen(
  tree: SourceTree,
  dockerfile: string,
  buildArguments: BuildArgument[] | undefined,
): Promise<DockerfileFacts> {
  const text = (await tree.readText(dockerfile, LONGEST_DOCKERFILE)) ?? '';
  const facts = readDockerfile(text, buildArguments);
  if (facts.syntax !== undefined && !isStandardSyntax(facts.syntax)) {
    throw refused(
      'syntax-directive',
      `${quote(dockerfile)} asks for the frontend ${quote(
        facts.syntax,
      )}, which would run as part of the builder; accepted is "# syntax=docker/dockerfile:1" or no such line`,
      { entry: dockerfile },
    );
  }
  return facts;
}

/** A guess by the names at the root of the context. */
async function guessRuntime(tree: SourceTree): Promise<string> {
  const names = (await tree.children('')).map(({ name }) => name);
  return (
    RUNTIME_MARKS.find(([, mark]) =>
      names.some(name => mark.test(name)),
    )?.[0] ?? 'unknown'
  );
}
