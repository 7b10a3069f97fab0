import { FormFieldBlueprint } from '@backstage/plugin-scaffolder-react/alpha';

const sourceField = FormFieldBlueprint.make({
  name: 'source',
  params: {
    field: () =>
      import('./fields/WorkspaceSource').then(m => m.workspaceSourceField),
  },
});

const secretsField = FormFieldBlueprint.make({
  name: 'secrets',
  params: {
    field: () =>
      import('./fields/WorkspaceSecrets').then(m => m.workspaceSecretsField),
  },
});

const planField = FormFieldBlueprint.make({
  name: 'plan',
  params: {
    field: () =>
      import('./fields/WorkspacePlan').then(m => m.workspacePlanField),
  },
});

/** What templates ask for a workspace with; they attach to the scaffolder, whoever offers them. */
export const formFields = [sourceField, secretsField, planField];
