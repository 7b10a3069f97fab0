import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import {
  scaffolderActionsExtensionPoint,
  type TemplateAction,
} from '@backstage/plugin-scaffolder-node';
import { scaffolderModuleWorkspaces } from './module';

it('adds the actions, each with examples and a dry run', async () => {
  const added: TemplateAction<any, any, any>[] = [];
  await startTestBackend({
    extensionPoints: [
      [
        scaffolderActionsExtensionPoint,
        { addActions: (...actions) => void added.push(...actions) },
      ],
    ],
    features: [
      scaffolderModuleWorkspaces,
      mockServices.rootConfig.factory({
        data: { app: { baseUrl: 'http://localhost:3000/' } },
      }),
    ],
  });
  expect(added.map(action => action.id)).toEqual([
    'workspace:create',
    'workspace:deploy',
    'workspace:delete',
  ]);
  for (const { examples, supportsDryRun, schema } of added) {
    expect(examples?.length).toBeGreaterThan(0);
    expect(supportsDryRun).toBe(true);
    expect(schema?.input?.additionalProperties).toBe(false);
  }
});
