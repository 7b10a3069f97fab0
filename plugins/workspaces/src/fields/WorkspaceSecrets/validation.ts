import type { CustomFieldValidator } from '@backstage/plugin-scaffolder-react';
import { formOf, textsOf } from '../form';
import { nameProblem } from './names';
import type { SecretVariables } from './schema';

/** Lets nobody go on with a secret that has no name of its own, or no value yet. */
export const validateWorkspaceSecrets: CustomFieldValidator<SecretVariables> = (
  secrets,
  field,
  { apiHolder, formData },
) => {
  const t = textsOf(apiHolder);
  for (const [index, { name, secret }] of secrets.entries()) {
    const number = String(index + 1);
    const problem = nameProblem(secrets, index, formOf({ formData }));
    if (problem?.kind === 'missing')
      field.addError(t('fields.validation.secretName', { number }));
    if (problem?.kind === 'twice')
      field.addError(t('fields.validation.secretTwice', { number, name }));
    if (problem?.kind === 'refused') field.addError(problem.message);
    if (!secret && name !== '')
      field.addError(t('fields.validation.secretValue', { name }));
  }
};
