import { createFormField } from '@backstage/plugin-scaffolder-react/alpha';
import { workspaceSecretsSchema } from './schema';
import { validateWorkspaceSecrets } from './validation';
import { WorkspaceSecrets } from './WorkspaceSecrets';

export const workspaceSecretsField = createFormField({
  name: 'WorkspaceSecrets',
  component: WorkspaceSecrets,
  schema: workspaceSecretsSchema,
  validation: validateWorkspaceSecrets,
});
