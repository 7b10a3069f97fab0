import { useApi } from '@backstage/core-plugin-api';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import {
  finalRunStates,
  logTopic,
  type Run,
  type StageName,
  type StreamMessage,
  type Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import { useMemo } from 'react';
import { workspacesApiRef } from '../../api';
import { useAction } from '../../hooks/useAction';
import { useDeleted } from '../../hooks/useDeleted';
import { useLiveStream } from '../../hooks/useLiveStream';
import { useRunLog } from '../../hooks/useRunLog';
import { progressKey, type KnownRun } from '../../hooks/useRun';
import { useWorkspacePermissions } from '../../hooks/useWorkspacePermissions';
import { workspacesTranslationRef } from '../../translation';
import { DialogButton } from '../actions';
import { DiagnosisPanel } from '../DiagnosisPanel';
import { ActionError } from '../feedback';
import { RunLog } from '../RunLog';
import { DeletedWorkspace } from '../WorkspaceContent/DeletedWorkspace';
import { SettingsDialog } from '../settings';
import { stageRows } from '../stages';
import { AutomaticFixButton } from './AutomaticFixButton';
import { remediesOf } from './remedies';
import { RunFacts } from './RunFacts';
import { RunHeader } from './RunHeader';
import { RunOutputs } from './RunOutputs';
import { RunSummary } from './RunSummary';
import { StagesRail } from './StagesRail';
import { useSelectedStage } from './useSelectedStage';

const useStyles = makeStyles(theme => ({
  columns: {
    display: 'grid',
    gridTemplateColumns: '256px minmax(0, 1fr)',
    gap: theme.spacing(3),
    marginTop: theme.spacing(2.5),
    [theme.breakpoints.down('md')]: {
      gridTemplateColumns: 'minmax(0, 1fr)',
      gap: theme.spacing(2),
    },
  },
  main: {
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(2),
    minWidth: 0,
  },
}));

/** A run that is known: its stages, its facts, what went wrong, and the log of one stage. */
export function OpenRun(props: {
  known: KnownRun;
  workspace: Workspace;
  receive: (message: StreamMessage) => void;
  update: (run: Run, heardAt: number) => void;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const api = useApi(workspacesApiRef);
  const { known, workspace, receive, update } = props;
  const { run } = known;
  const rows = useMemo(() => stageRows(run), [run]);
  const selected = useSelectedStage(rows);
  const log = useRunLog(run.id, selected);

  const topics = [`run:${run.id}`];
  if (log.live && log.reference) topics.push(logTopic(log.reference));
  const connection = useLiveStream(topics, message => {
    if (message.type === 'log') log.receive(message.data);
    else receive(message);
  });

  const action = useAction();
  const change = (work: () => Promise<Run>) =>
    action.start(async () => {
      const answer = await work();
      update(answer, Date.now());
    });
  const gone = useDeleted(workspace, run);
  const active = !finalRunStates.includes(run.state);
  // What an earlier attempt came to is not what ails a run that is tried again.
  const diagnosis =
    selected?.last.diagnosis ?? (active ? undefined : run.diagnosis);
  const may = useWorkspacePermissions(run.workspace);
  const remedies = may.deploy
    ? remediesOf(run, workspace, diagnosis, selected)
    : undefined;

  return (
    <>
      <RunHeader
        run={run}
        rows={rows}
        connection={connection}
        heardAt={known.heardAt}
        busy={action.busy}
        anotherSource={
          remedies?.source ? { workspace, app: remedies.app.name } : undefined
        }
        onCancel={() => change(() => api.cancelRun(run.id))}
        onRetry={(from?: StageName) => change(() => api.retryRun(run.id, from))}
      />
      {action.error && (
        <ActionError
          title={t('run.actionFailed')}
          error={action.error}
          onClose={action.dismiss}
        />
      )}
      <RunSummary run={run} rows={rows} />
      {gone && <DeletedWorkspace workspace={gone} />}
      <div className={classes.columns}>
        <StagesRail rows={rows} selected={selected} />
        <div className={classes.main}>
          {active && (
            <RunFacts
              run={run}
              heardAt={known.heardAt}
              selected={selected}
              progress={
                selected &&
                known.progress[progressKey(selected.name, selected.app)]
              }
            />
          )}
          {diagnosis && (
            <DiagnosisPanel
              diagnosis={diagnosis}
              action={
                diagnosis.autoFix && selected && !active ? (
                  <AutomaticFixButton
                    run={run}
                    fix={diagnosis.autoFix}
                    stage={selected.name}
                    may={may}
                    onRetried={answer => update(answer, Date.now())}
                  />
                ) : (
                  remedies?.settings && (
                    <DialogButton
                      dialog={close => (
                        <SettingsDialog
                          workspace={workspace.id}
                          app={remedies.app.name}
                          onClose={close}
                        />
                      )}
                    >
                      {t('settings.action')}
                    </DialogButton>
                  )
                )
              }
            />
          )}
          <RunOutputs run={run} />
          {selected && (
            <RunLog
              run={run}
              removed={gone !== undefined}
              selected={selected}
              log={log}
            />
          )}
        </div>
      </div>
    </>
  );
}
