import type { SourceInspection } from '@slipway/backstage-plugin-workspaces-common';
import { imageRepository } from '@slipway/backstage-plugin-workspaces-common';
import type { BuildStep } from '@slipway/backstage-plugin-workspaces-node';
import type { StageWork } from '../stage';

const words: Record<BuildStep['state'], string> = {
  running: '',
  done: ' (done)',
  cached: ' (cached)',
  failed: ' (failed)',
};

/** Builds the image of the app from its bundle. */
export const build: StageWork = {
  async run(context) {
    const { app, spec, services } = context;
    const { workspace } = await context.rows();
    const fetched = context.outputsOf('fetch');
    const bundleDigest = String(fetched.bundle);
    const inspection = fetched.inspection as unknown as SourceInspection;
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
        context.log(`Built ${image} (${digest})`);
        return { outputs: { image, digest, ...(builder && { builder }) } };
      }
    }
    throw new Error('The builder ended without an image and without a failure');
  },
};
