import type { CustomFieldValidator } from '@backstage/plugin-scaffolder-react';
import { workspacesApiRef, type WorkspacesApi } from '../../api';
import { formOf, textsOf } from '../form';
import { nameProblem } from './names';
import { savedNow } from './saves';
import type { SecretVariables } from './schema';

/** Lets nobody go on with a secret that has no name of its own, or no value yet. */
export const validateWorkspaceSecrets: CustomFieldValidator<
  SecretVariables
> = async (secrets, field, { apiHolder, formData }) => {
  const t = textsOf(apiHolder);
  const api: WorkspacesApi | undefined = apiHolder.get(workspacesApiRef);
  for (const [index, row] of secrets.entries()) {
    const { name } = row;
    // The form goes on with the value that is validated, not with what was stored meanwhile.
    row.secret ||= (await savedNow(api, name)) ?? '';
    const number = String(index + 1);
    const problem = nameProblem(secrets, index, formOf({ formData }));
    if (problem?.kind === 'missing')
      field.addError(t('fields.validation.secretName', { number }));
    if (problem?.kind === 'twice')
      field.addError(t('fields.validation.secretTwice', { number, name }));
    if (problem?.kind === 'refused') field.addError(problem.message);
    if (!row.secret && name !== '')
      field.addError(t('fields.validation.secretValue', { name }));
  }
};
