import type { SourceInspection } from '@slipway/backstage-plugin-workspaces-common';
import { imageRepository } from '@slipway/backstage-plugin-workspaces-common';
import type { BuildStep } from '@slipway/backstage-plugin-workspaces-node';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StageContext, StageWork } from '../stage';

const words: Record<BuildStep['state'], string> = {
  running: '',
  done: ' (done)',
  cached: ' (cached)',
  failed: ' (failed)',
};

const BETWEEN_LOOKS = 250;

/** Builds the image of the app from its bundle. */
export const build: StageWork = {
  async run(context) {
    const { app, spec, services } = context;
    const { workspace } = await context.rows();
    const fetched = context.outputsOf('fetch');
    const bundleDigest = String(fetched.bundle);
    const inspection = fetched.inspection as unknown as SourceInspection;
    await untilNoneIsRemoved(context);
    const events = context.builder.build(
      {
        workspace: workspace.name,
        app,
        repository: imageRepository(workspace.name, app),
        bundle: () => services.sources.openBundle(bundleDigest),
        bundleDigest,
        dockerfile:
          inspection.dockerfile ?? spec.build?.dockerfile ?? 'Dockerfile',
        baseImages: inspection.baseImages,
        target: spec.build?.target,
        arguments: spec.build?.arguments ?? [],
        secrets: await secretsOf(context),
        platform: spec.build?.platform,
        noCache: spec.build?.noCache ?? false,
      },
      context.engineContext,
    );
    for await (const event of events) {
      if (event.type === 'log') await context.log(event.text, event.at);
      if (event.type === 'step') {
        context.log(`${event.step.name}${words[event.step.state]}`);
      }
      if (event.type === 'image') {
        const { image, digest, builder } = event;
        context.log(`The image is ${image} (${digest})`);
        return {
          outputs: { image, digest, ...(builder && { builder }) },
          alongside: trx =>
            services.images.present({ workspaceId: workspace.id, image }, trx),
        };
      }
    }
    throw new Error('The builder ended without an image and without a failure');
  },
};

/** What the Dockerfile may mount, each by its version of now. */
function secretsOf({ spec, engineContext }: StageContext) {
  return Promise.all(
    (spec.build?.secrets ?? []).map(async ({ name, secret: id }) => {
      const secret = { id };
      const version = await engineContext.secrets.version(secret);
      return { name, secret, version };
    }),
  );
}

/** The same source may give the image again whose removal was begun before this run was asked for. */
async function untilNoneIsRemoved(context: StageContext): Promise<void> {
  const { run, app, services, engineContext } = context;
  const { signal } = engineContext;
  const isRemoving = () => services.images.isRemoving(run.workspace_id, app);
  if (!(await isRemoving())) return;
  context.log('Waits until an image that is not needed any more is removed');
  do await sleep(BETWEEN_LOOKS, undefined, { signal });
  while (await isRemoving());
}
