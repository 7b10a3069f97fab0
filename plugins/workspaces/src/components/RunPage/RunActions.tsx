import { useTranslationRef } from '@backstage/frontend-plugin-api';
import IconButton from '@material-ui/core/IconButton';
import Menu from '@material-ui/core/Menu';
import MenuItem from '@material-ui/core/MenuItem';
import { makeStyles } from '@material-ui/core/styles';
import MoreHorizIcon from '@material-ui/icons/MoreHoriz';
import ReplayIcon from '@material-ui/icons/Replay';
import {
  finalRunStates,
  type Run,
  type RunKind,
  type StageName,
  type Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import { useState } from 'react';
import {
  useWorkspacePermissions,
  type WorkspacePermissions,
} from '../../hooks/useWorkspacePermissions';
import { workspacesTranslationRef } from '../../translation';
import { ActionButton } from '../ActionButton';
import { DeployDialog, DialogButton } from '../actions';
import { focusOutline } from '../focus';
import { firstUnfinished, type StageRow } from '../stages';
import { tones } from '../tones';

const useStyles = makeStyles(theme => ({
  root: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(1),
    alignItems: 'flex-start',
  },
  cancel: { color: tones(theme).text.bad },
  more: { padding: 4, borderRadius: 4, ...focusOutline(theme) },
}));

/** What it takes to carry a run out once more: what it took to start it. */
const neededBy: Record<RunKind, keyof WorkspacePermissions> = {
  deploy: 'deploy',
  rollback: 'deploy',
  restart: 'operate',
  scale: 'operate',
  password: 'operate',
  delete: 'remove',
};

/** The app whose source is what failed. */
export interface AnotherSource {
  workspace: Workspace;
  app: string;
}

/** What the user may do with a run as it stands: stop it, run it again from a stage, or with another source. */
export function RunActions(props: {
  run: Run;
  rows: StageRow[];
  busy: boolean;
  /** Where only another source can succeed. */
  anotherSource?: AnotherSource;
  onCancel: () => void;
  onRetry: (from?: StageName) => void;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { run, rows, busy, anotherSource } = props;
  const may = useWorkspacePermissions(run.workspace);
  if (!finalRunStates.includes(run.state)) {
    if (!may.operate) return null;
    const requested = run.cancelRequestedAt !== undefined;
    return (
      <div className={classes.root}>
        <ActionButton
          className={requested ? undefined : classes.cancel}
          disabled={busy || requested}
          onClick={props.onCancel}
        >
          {requested ? t('run.cancelling') : t('run.cancel')}
        </ActionButton>
      </div>
    );
  }
  const from = firstUnfinished(rows);
  const mayRetry = may[neededBy[run.kind]];
  if (run.state === 'succeeded' || !from || !mayRetry) return null;
  const earlier = rows
    .slice(
      0,
      rows.findIndex(row => row.name === from),
    )
    .map(row => row.name);
  return (
    <div className={classes.root}>
      {anotherSource && (
        <DialogButton
          variant="contained"
          color="primary"
          disableElevation
          disabled={busy}
          dialog={close => (
            <DeployDialog {...anotherSource} anotherUpload onClose={close} />
          )}
        >
          {t('run.anotherSource')}
        </DialogButton>
      )}
      <ActionButton
        {...(!anotherSource && {
          variant: 'contained',
          color: 'primary',
          disableElevation: true,
        })}
        startIcon={<ReplayIcon />}
        disabled={busy}
        onClick={() => props.onRetry(from)}
      >
        {t('run.retryFrom', { stage: t(`stage.${from}`) })}
      </ActionButton>
      {earlier.length > 0 && (
        <EarlierStages stages={earlier} busy={busy} onRetry={props.onRetry} />
      )}
    </div>
  );
}

function EarlierStages(props: {
  stages: StageName[];
  busy: boolean;
  onRetry: (from: StageName) => void;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <>
      <IconButton
        className={classes.more}
        aria-label={t('run.retryElsewhere')}
        aria-haspopup="menu"
        disabled={props.busy}
        onClick={event => setAnchor(event.currentTarget)}
      >
        <MoreHorizIcon />
      </IconButton>
      <Menu
        anchorEl={anchor}
        open={anchor !== null}
        onClose={() => setAnchor(null)}
      >
        {props.stages.map(stage => (
          <MenuItem
            key={stage}
            onClick={() => {
              setAnchor(null);
              props.onRetry(stage);
            }}
          >
            {t('run.retryFrom', { stage: t(`stage.${stage}`) })}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
