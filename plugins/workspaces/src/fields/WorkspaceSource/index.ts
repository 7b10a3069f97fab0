import { createFormField } from '@backstage/plugin-scaffolder-react/alpha';
import { workspaceSourceSchema } from './schema';
import { validateWorkspaceSource } from './validation';
import { WorkspaceSource } from './WorkspaceSource';

export const workspaceSourceField = createFormField({
  name: 'WorkspaceSource',
  component: WorkspaceSource,
  schema: workspaceSourceSchema,
  validation: validateWorkspaceSource,
});
