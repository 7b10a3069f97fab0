import type { StageWork } from '../stage';

/** Brings the source of the app into a bundle, and looks at what it holds. */
export const fetch: StageWork = {
  async run(context) {
    const { run, spec, engineContext, services } = context;
    const { source, build } = spec;
    const fetched = await services.sources.fetch({
      spec: source,
      dockerfile: build?.dockerfile,
      buildArguments: build?.arguments,
      owner: run.owner,
      requester: run.created_by,
      workspaceId: run.workspace_id,
      token:
        source.token === undefined
          ? undefined
          : await engineContext.secrets.resolve({ id: source.token }),
      log: line => context.log(line),
      signal: engineContext.signal,
    });
    const { bundle, sizeBytes, revision, inspection } = fetched;
    return { outputs: { bundle, sizeBytes, revision, inspection } };
  },
};
