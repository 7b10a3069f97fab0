import { useTranslationRef } from '@backstage/frontend-plugin-api';
import TableBody from '@material-ui/core/TableBody';
import type { Workspace } from '@slipway/backstage-plugin-workspaces-common';
import type { WorkspacePermissions } from '../../hooks/useWorkspacePermissions';
import { workspacesTranslationRef } from '../../translation';
import { ComparedTable } from '../ComparedTable';
import { useTableStyles } from '../tableStyles';
import { AppRow } from './AppRow';
import { ReplicaRow } from './ReplicaRow';

/** The apps of a workspace, each with its replicas. */
export function AppsTable(props: {
  workspace: Workspace;
  may: WorkspacePermissions;
}) {
  const table = useTableStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { workspace, may } = props;
  const columns = [
    { title: t('apps.state'), width: 130 },
    { title: t('apps.name'), width: '20%' },
    { title: t('apps.release'), width: 84, number: true },
    { title: t('apps.restarts') },
    { title: t('apps.started'), width: 104, number: true },
    { title: t('apps.cpu'), width: 104, number: true },
    { title: t('apps.memory'), width: 104, number: true },
  ];
  return (
    <ComparedTable caption={t('apps.caption')} columns={columns}>
      {workspace.apps.map(app => (
        <TableBody key={app.name} className={table.body} role="rowgroup">
          <AppRow app={app} workspace={workspace} may={may} />
          {app.replicas.map(replica => (
            <ReplicaRow key={replica.id} replica={replica} app={app} />
          ))}
        </TableBody>
      ))}
    </ComparedTable>
  );
}
