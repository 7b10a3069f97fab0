import { useApi } from '@backstage/core-plugin-api';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import Paper from '@material-ui/core/Paper';
import { makeStyles } from '@material-ui/core/styles';
import Skeleton from '@material-ui/lab/Skeleton';
import type { Run } from '@slipway/backstage-plugin-workspaces-common';
import { useState } from 'react';
import { workspacesApiRef } from '../../api';
import { useAction } from '../../hooks/useAction';
import type { RunLogState } from '../../hooks/useRunLog';
import { workspacesTranslationRef } from '../../translation';
import { ActionError, LoadFailure, Notice } from '../feedback';
import type { StageLine } from '../stages';
import { downloadLog } from './downloadLog';
import { LogFooter } from './LogFooter';
import { LogToolbar } from './LogToolbar';
import { LogViewport } from './LogViewport';
import { useFirstError } from './useFirstError';
import { useLogSearch } from './useLogSearch';

const useStyles = makeStyles(theme => ({
  panel: { borderRadius: 6, overflow: 'hidden', minWidth: 0 },
  padded: { padding: theme.spacing(1, 2) },
}));

/** The log of the selected stage. */
export function RunLog(props: {
  run: Run;
  /** The workspace is gone, and its logs with it. */
  removed?: boolean;
  selected: StageLine;
  log: RunLogState;
}) {
  // Search, marks and errors belong to one log.
  return <OneLog key={props.log.key} {...props} />;
}

function OneLog(props: {
  run: Run;
  removed?: boolean;
  selected: StageLine;
  log: RunLogState;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const api = useApi(workspacesApiRef);
  const { run, selected, log } = props;
  const [wrap, setWrap] = useState(true);
  const search = useLogSearch(log);
  const firstError = useFirstError(log, selected.last);
  const download = useAction();
  const stage = t(`stage.${selected.name}`);
  const name = selected.app
    ? t('log.ofApp', { stage, app: selected.app })
    : stage;
  const { reference } = log;

  return (
    <Paper
      variant="outlined"
      component="section"
      className={classes.panel}
      aria-label={t('log.title', { name })}
    >
      <LogToolbar
        name={name}
        log={log}
        search={search}
        firstError={firstError}
        wrap={wrap}
        onWrap={() => setWrap(!wrap)}
        downloading={download.busy}
        onDownload={() =>
          reference && download.start(() => downloadLog(api, run, reference))
        }
      />
      {download.error && (
        <div className={classes.padded}>
          <ActionError
            title={t('log.notDownloaded')}
            error={download.error}
            onClose={download.dismiss}
          />
        </div>
      )}
      {search.error && (
        <div className={classes.padded}>
          <ActionError title={t('log.notSearched')} error={search.error} />
        </div>
      )}
      <LogBody
        name={name}
        removed={props.removed}
        selected={selected}
        log={log}
      >
        <LogViewport
          name={name}
          line={selected}
          log={log}
          search={search}
          errorLine={firstError.line}
          wrap={wrap}
        />
        {log.error && (
          <div className={classes.padded}>
            <ActionError title={t('log.notLoaded')} error={log.error} />
          </div>
        )}
        <LogFooter log={log} />
      </LogBody>
    </Paper>
  );
}

/** The log, or why there is none to see. */
function LogBody(props: {
  name: string;
  removed?: boolean;
  selected: StageLine;
  log: RunLogState;
  children: React.ReactNode;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { name, removed, selected, log } = props;
  const wrote = selected.last.state !== 'skipped';
  const none = t(removed && wrote ? 'log.removed' : 'log.none');
  const said = (title: string) => (
    <div className={classes.padded}>
      <Notice title={title}>
        {selected.last.reason && <p>{selected.last.reason}</p>}
      </Notice>
    </div>
  );
  switch (log.status) {
    case 'absent':
      return said(selected.last.state === 'pending' ? t('log.pending') : none);
    case 'loading':
      return (
        <div
          className={classes.padded}
          role="status"
          aria-label={t('log.loading', { name })}
        >
          {[80, 60, 72, 40, 66].map(width => (
            <Skeleton key={width} width={`${width}%`} height={20} />
          ))}
        </div>
      );
    case 'failed':
      return (
        <div className={classes.padded}>
          <LoadFailure
            error={log.error!}
            what={t('log.what', { name })}
            onRetry={log.retry}
          />
        </div>
      );
    default:
      if (log.window.lines.length > 0) return <>{props.children}</>;
      return said(log.window.complete ? none : t('log.nothingYet'));
  }
}
