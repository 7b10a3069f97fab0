import { useRouteRef, useTranslationRef } from '@backstage/frontend-plugin-api';
import { usePermission } from '@backstage/plugin-permission-react';
import AddIcon from '@material-ui/icons/Add';
import { workspaceCreatePermission } from '@slipway/backstage-plugin-workspaces-common';
import { newWorkspaceRouteRef } from '../../routes';
import { workspacesTranslationRef } from '../../translation';
import { ActionLink } from '../ActionButton';

/** Leads to the template, for those who may create workspaces in a portal that has templates. */
export function NewAppButton() {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const address = useRouteRef(newWorkspaceRouteRef);
  const { allowed } = usePermission({ permission: workspaceCreatePermission });
  if (!address || !allowed) return null;
  return (
    <ActionLink
      variant="contained"
      color="primary"
      disableElevation
      startIcon={<AddIcon />}
      to={address()}
    >
      {t('workspaces.newApp')}
    </ActionLink>
  );
}
