import { useTranslationRef } from '@backstage/frontend-plugin-api';
import TableBody from '@material-ui/core/TableBody';
import { useState } from 'react';
import { workspacesTranslationRef } from '../../translation';
import { ActionButton } from '../ActionButton';
import { ComparedTable } from '../ComparedTable';
import { useWideTableStyles } from '../tableStyles';
import type { Standing } from './standings';
import { WorkspaceRow } from './WorkspaceRow';

const ROWS = 100;

/** Workspaces under each other, so many at a time. */
export function WorkspacesTable(props: { standings: Standing[]; now: number }) {
  const classes = useWideTableStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const [most, setMost] = useState(ROWS);
  const { standings, now } = props;
  const columns = [
    { title: t('workspaces.state'), width: 124 },
    { title: t('workspaces.workspace'), width: '15%' },
    { title: t('workspaces.owner'), width: '10%' },
    { title: t('workspaces.engineAndSize'), width: 104 },
    { title: t('workspaces.apps') },
    { title: t('workspaces.lastRun'), width: '18%' },
    { title: t('workspaces.use'), width: 96, number: true },
  ];
  return (
    <>
      <ComparedTable wide caption={t('workspaces.caption')} columns={columns}>
        <TableBody className={classes.body} role="rowgroup">
          {standings.slice(0, most).map(standing => (
            <WorkspaceRow
              key={standing.workspace.id}
              standing={standing}
              now={now}
            />
          ))}
        </TableBody>
      </ComparedTable>
      {standings.length > most && (
        <ActionButton
          variant="text"
          color="primary"
          onClick={() => setMost(most + ROWS)}
        >
          {t('workspaces.showMore', {
            number: String(Math.min(ROWS, standings.length - most)),
          })}
        </ActionButton>
      )}
    </>
  );
}
