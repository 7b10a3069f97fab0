import type {
  Run,
  StageName,
} from '@slipway/backstage-plugin-workspaces-common';

/** What a run made of one app, as far as it got. */
export interface AppOutputs {
  app: string;
  /** The commit of its source, or the digest of what was fetched. */
  revision?: string;
  image?: string;
  digest?: string;
  /** What built the image, where there is a choice. */
  builder?: { name: string; why?: string; warning?: string };
  release?: number;
  url?: string;
  /** The release was verified and serves. */
  verified: boolean;
}

/** What a run made of its apps; the last attempt of a stage that succeeded counts. */
export function outputsOf(run: Run): AppOutputs[] {
  return run.apps.map(app => {
    const of = (stage: StageName) => stageOutputs(run, stage, app);
    return {
      app,
      revision: text(of('fetch')?.revision),
      image: text(of('build')?.image),
      digest: text(of('build')?.digest),
      builder: builder(of('build')?.builder),
      // A deployment that changes nothing is skipped, and the release before is verified.
      release: number((of('deploy') ?? of('verify'))?.release),
      url: text(of('expose')?.url),
      verified: of('verify') !== undefined,
    };
  });
}

function stageOutputs(run: Run, name: StageName, app: string) {
  return run.stages
    .filter(
      stage =>
        stage.name === name && stage.app === app && stage.state === 'succeeded',
    )
    .sort((a, b) => b.attempt - a.attempt)[0]?.outputs;
}

function builder(value: unknown): AppOutputs['builder'] {
  const { name, why, warning } = (value ?? {}) as Record<string, unknown>;
  const known = text(name);
  return known === undefined
    ? undefined
    : { name: known, why: text(why), warning: text(warning) };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** What changed of an app's source with a run. */
export interface SourceChange {
  app: string;
  /** What the run before it fetched; absent where that is not known. */
  before?: string;
  after: string;
}

/**
 * What a run fetched, beside what the run before it did.
 *
 * @param runs - Runs of the workspace in any order, as many as are known.
 */
export function sourceChanges(run: Run, runs: Run[]): SourceChange[] {
  const earlier = runs
    .filter(({ number: of }) => of < run.number)
    .sort((a, b) => b.number - a.number);
  return outputsOf(run).flatMap(({ app, revision: after }) => {
    if (after === undefined) return [];
    const before = earlier
      .flatMap(outputsOf)
      .find(each => each.app === app && each.revision !== undefined)?.revision;
    return [{ app, before, after }];
  });
}
