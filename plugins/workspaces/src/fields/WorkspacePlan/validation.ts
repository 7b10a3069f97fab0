import type { CustomFieldValidator } from '@backstage/plugin-scaffolder-react';
import { workspacesApiRef, type WorkspacesApi } from '../../api';
import { messageOf } from '../../api/errors';
import { complainThrough } from '../complaints';
import { formOf, textsOf } from '../form';
import { askPlan } from './askPlan';

/** Lets nobody create what the backend would refuse; it is asked anew, for it may have become possible. */
export const validateWorkspacePlan: CustomFieldValidator<{}> = async (
  _value,
  field,
  { apiHolder, formData },
) => {
  const t = textsOf(apiHolder);
  const api: WorkspacesApi | undefined = apiHolder.get(workspacesApiRef);
  if (!api) return;
  complainThrough(api, 'plan', field);
  const answer = await askPlan(api, formOf({ formData }));
  switch (answer.state) {
    case 'refused':
      field.addError(
        [t('fields.plan.refused'), answer.field, answer.reason]
          .filter(Boolean)
          .join(': '),
      );
      break;
    case 'forbidden':
      field.addError(`${t('fields.plan.forbidden')}: ${answer.reason}`);
      break;
    case 'unmade':
      field.addError(`${t('fields.plan.unmade')}: ${messageOf(answer.error)}`);
      break;
    default:
  }
};
