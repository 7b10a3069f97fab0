import type { CustomFieldValidator } from '@backstage/plugin-scaffolder-react';
import { workspacesApiRef, type WorkspacesApi } from '../../api';
import { isNotAllowed, messageOf } from '../../api/errors';
import { complainThrough } from '../complaints';
import { textsOf } from '../form';
import { inspect } from './inspections';
import type { SourceValue } from './schema';
import { missingOf, needsDockerfile, sourceOf, toInspect } from './sources';

/** Lets nobody go on with a source that is incomplete, or that was seen not to build. */
export const validateWorkspaceSource: CustomFieldValidator<
  SourceValue
> = async (value, field, { apiHolder }) => {
  const t = textsOf(apiHolder);
  const api: WorkspacesApi | undefined = apiHolder.get(workspacesApiRef);
  if (api) complainThrough(api, 'source', field);
  const missing = missingOf(sourceOf(value));
  if (missing) {
    field.addError(t(`fields.validation.${missing}`));
    return;
  }
  const request = toInspect(value);
  if (!request || !api) return;
  try {
    const inspection = await inspect(api, request).answer;
    const { problem } = inspection;
    if (!problem) return;
    field.addError(
      needsDockerfile(inspection)
        ? t('fields.validation.dockerfile')
        : `${problem.cause} ${problem.fix}`,
    );
  } catch (error) {
    // Who may not look may deploy all the same; the run then says what is wrong.
    if (isNotAllowed(error as Error)) return;
    field.addError(
      `${t('fields.inspection.failed')} ${messageOf(error as Error)}`,
    );
  }
};
