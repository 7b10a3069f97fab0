import { createFormField } from '@backstage/plugin-scaffolder-react/alpha';
import { workspacePlanSchema } from './schema';
import { validateWorkspacePlan } from './validation';
import { WorkspacePlan } from './WorkspacePlan';

export const workspacePlanField = createFormField({
  name: 'WorkspacePlan',
  component: WorkspacePlan,
  schema: workspacePlanSchema,
  validation: validateWorkspacePlan,
});
