import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { Link } from '@backstage/core-components';
import Paper from '@material-ui/core/Paper';
import { makeStyles } from '@material-ui/core/styles';
import type { Workspace } from '@slipway/backstage-plugin-workspaces-common';
import { useRunAddress } from '../../hooks/useRunAddress';
import type { WorkspacePermissions } from '../../hooks/useWorkspacePermissions';
import { workspacesTranslationRef } from '../../translation';
import { DeployDialog, DialogButton, RestartDialog } from '../actions';
import type { Need } from '../observed';
import { StateLabel } from '../StateLabel';
import { tones } from '../tones';
import { VisuallyHidden } from '../VisuallyHidden';
import { NeedText } from './NeedText';
import { Part } from './Part';

const useStyles = makeStyles(theme => ({
  paper: { borderRadius: 6, overflow: 'hidden' },
  list: { listStyle: 'none', margin: 0, padding: 0 },
  item: {
    display: 'grid',
    gridTemplateColumns: '120px minmax(0, 1fr) auto',
    alignItems: 'center',
    gap: theme.spacing(0.5, 2),
    minHeight: 52,
    padding: theme.spacing(1, 1.5),
    fontSize: '0.8125rem',
    lineHeight: '1.125rem',
    overflowWrap: 'anywhere',
    '&:not(:last-child)': { borderBottom: `1px solid ${tones(theme).line}` },
    [theme.breakpoints.down('xs')]: {
      gridTemplateColumns: 'minmax(0, 1fr)',
      justifyItems: 'start',
    },
  },
}));

/** What somebody has to look after, worst known causes first. Absent where nothing is wrong. */
export function NeedsAction(props: {
  needs: Need[];
  workspace: Workspace;
  may: WorkspacePermissions;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { needs } = props;
  return (
    <>
      <VisuallyHidden role="status">
        {needs.length > 0 && t('needs.count', { count: needs.length })}
      </VisuallyHidden>
      {needs.length > 0 && (
        <Part title={t('needs.title')}>
          <Paper variant="outlined" className={classes.paper}>
            <ul className={classes.list}>
              {needs.map(need => (
                <li key={keyOf(need)} className={classes.item}>
                  <StateLabel state={need.state} />
                  <NeedText need={need} engine={props.workspace.engine} />
                  <NeedAction {...props} need={need} />
                </li>
              ))}
            </ul>
          </Paper>
        </Part>
      )}
    </>
  );
}

/** What most people should do about it. */
function NeedAction(props: {
  need: Need;
  workspace: Workspace;
  may: WorkspacePermissions;
}) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const addressOf = useRunAddress();
  const { need, workspace, may } = props;
  switch (need.kind) {
    case 'run':
      return addressOf ? (
        <Link to={addressOf(need.run.number)}>
          {t('needs.openRun', { number: String(need.run.number) })}
        </Link>
      ) : null;
    case 'app':
      return may.operate ? (
        <DialogButton
          dialog={close => (
            <RestartDialog
              workspace={workspace}
              app={need.app}
              onClose={close}
            />
          )}
        >
          {t('restart.of', { app: need.app.name })}
        </DialogButton>
      ) : null;
    case 'absent':
    case 'dependency':
    case 'drift':
      return may.deploy && !isAddition(need) ? (
        <DialogButton
          dialog={close => (
            <DeployDialog workspace={workspace} onClose={close} />
          )}
        >
          {t('deploy.action')}
        </DialogButton>
      ) : null;
    default:
      return null;
  }
}

/** A deployment leaves what others have added. */
function isAddition(need: Need): boolean {
  return (
    need.kind === 'drift' &&
    need.drift.found !== undefined &&
    need.drift.expected === undefined
  );
}

function keyOf(need: Need): string {
  switch (need.kind) {
    case 'app':
      return `app ${need.app.name}`;
    case 'dependency':
      return `dependency ${need.dependency.name}`;
    case 'endpoint':
      return `endpoint ${need.endpoint.id}`;
    case 'drift':
      return `drift ${need.drift.object} ${need.drift.field}`;
    default:
      return need.kind;
  }
}
