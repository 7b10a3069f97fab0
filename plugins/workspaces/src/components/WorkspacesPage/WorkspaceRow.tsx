import { Link } from '@backstage/core-components';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { EntityRefLink } from '@backstage/plugin-catalog-react';
import { makeStyles } from '@material-ui/core/styles';
import TableCell from '@material-ui/core/TableCell';
import TableRow from '@material-ui/core/TableRow';
import type { Workspace } from '@slipway/backstage-plugin-workspaces-common';
import { useAppAddress } from '../../hooks/useAppAddress';
import { workspacesTranslationRef } from '../../translation';
import { useAmountText } from '../amounts';
import { LastRun } from '../runs';
import { StateLabel } from '../StateLabel';
import { useWideTableStyles } from '../tableStyles';
import { Seen } from '../time';
import { tones } from '../tones';
import { NeedText } from '../WorkspaceContent/NeedText';
import { AppLines } from './AppLines';
import type { Standing } from './standings';

const useStyles = makeStyles(theme => {
  const { secondInk, thirdInk, text } = tones(theme);
  return {
    name: { fontWeight: 700, overflowWrap: 'anywhere' },
    second: {
      color: secondInk,
      fontSize: '0.75rem',
      lineHeight: '1rem',
      marginTop: 2,
    },
    need: {
      color: text.bad,
      fontSize: '0.75rem',
      lineHeight: '1rem',
      marginTop: 2,
      overflowWrap: 'anywhere',
    },
    words: { overflowWrap: 'anywhere' },
    quiet: { color: thirdInk },
  };
});

/** One workspace of the list. */
export function WorkspaceRow(props: { standing: Standing; now: number }) {
  const table = useWideTableStyles();
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { standing, now } = props;
  const { workspace, needs, state } = standing;
  return (
    <TableRow className={table.row} role="row">
      <TableCell role="cell">
        <StateLabel state={state} />
        <div className={classes.second}>
          <SeenByEngine workspace={workspace} />
        </div>
      </TableCell>
      <TableCell role="cell" className={table.whole}>
        <div className={classes.name}>
          <Name workspace={workspace} />
        </div>
        {needs
          .filter(({ kind }) => kind !== 'run') // said by the last run
          .map((need, index) => (
            <div key={index} className={classes.need}>
              <NeedText need={need} engine={workspace.engine} />
            </div>
          ))}
      </TableCell>
      <TableCell
        role="cell"
        className={classes.words}
        data-title={t('workspaces.owner')}
      >
        <EntityRefLink
          entityRef={workspace.owner}
          defaultKind="group"
          hideIcon
        />
      </TableCell>
      <TableCell
        role="cell"
        className={classes.words}
        data-title={t('workspaces.engineAndSize')}
      >
        {workspace.engine}
        <div className={classes.second}>{workspace.size}</div>
      </TableCell>
      <TableCell
        role="cell"
        className={table.whole}
        data-title={t('workspaces.apps')}
      >
        <AppLines standing={standing} now={now} />
      </TableCell>
      <TableCell
        role="cell"
        className={table.whole}
        data-title={t('workspaces.lastRun')}
      >
        <LastRun run={workspace.lastRun} apps={workspace.apps} />
      </TableCell>
      <TableCell
        role="cell"
        className={`${table.number} ${table.whole}`}
        data-title={t('workspaces.use')}
      >
        <Use workspace={workspace} />
      </TableCell>
    </TableRow>
  );
}

/** Where nothing was deployed, there is nothing to be seen. */
function SeenByEngine(props: { workspace: Workspace }) {
  const { observedAt, apps } = props.workspace;
  const deployed = apps.some(({ release }) => release !== undefined);
  return observedAt || deployed ? <Seen at={observedAt} onlyOld /> : null;
}

/** Only apps have entities. */
function Name(props: { workspace: Workspace }) {
  const addressOf = useAppAddress();
  const { name, apps } = props.workspace;
  return apps.length > 0 ? (
    <Link to={addressOf(apps[0].entityRef, 'workspace')}>{name}</Link>
  ) : (
    <>{name}</>
  );
}

/** What the replicas take now, those that were measured. */
function Use(props: { workspace: Workspace }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const text = useAmountText();
  const replicas = props.workspace.apps.flatMap(app => app.replicas);
  const cores = sumOf(replicas.map(({ cpuCores }) => cpuCores));
  const bytes = sumOf(replicas.map(({ memoryBytes }) => memoryBytes));
  if (cores === undefined && bytes === undefined)
    return <span className={classes.quiet}>{t('workspaces.notMeasured')}</span>;
  return (
    <>
      {cores !== undefined && <div>{text.cores(cores)}</div>}
      {bytes !== undefined && <div>{text.bytes(bytes)}</div>}
    </>
  );
}

function sumOf(values: (number | undefined)[]): number | undefined {
  const measured = values.filter(value => value !== undefined);
  return measured.length > 0
    ? measured.reduce((sum, value) => sum + value, 0)
    : undefined;
}
