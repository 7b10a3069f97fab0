import { useTranslationRef } from '@backstage/frontend-plugin-api';
import IconButton from '@material-ui/core/IconButton';
import { makeStyles } from '@material-ui/core/styles';
import GetAppIcon from '@material-ui/icons/GetApp';
import WrapTextIcon from '@material-ui/icons/WrapText';
import type { RunLogState } from '../../hooks/useRunLog';
import { workspacesTranslationRef } from '../../translation';
import { ActionButton } from '../ActionButton';
import { tones } from '../tones';
import { LogSearchField } from './LogSearchField';
import type { useFirstError } from './useFirstError';
import type { LogSearch } from './useLogSearch';

const useStyles = makeStyles(theme => ({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(0.5, 1),
    padding: theme.spacing(0.75, 1, 0.75, 2),
    borderBottom: `1px solid ${tones(theme).line}`,
  },
  title: {
    margin: 0,
    fontSize: '0.875rem',
    lineHeight: '1.25rem',
    fontWeight: 700,
    overflowWrap: 'anywhere',
  },
  grow: { flex: 1 },
  button: { height: 28 },
  error: { color: tones(theme).text.bad },
  on: { backgroundColor: tones(theme).selected, color: tones(theme).text.busy },
  icon: { padding: 4, borderRadius: 4, '& svg': { fontSize: 20 } },
}));

/** What can be done with the log. */
export function LogToolbar(props: {
  name: string;
  log: RunLogState;
  search: LogSearch;
  firstError: ReturnType<typeof useFirstError>;
  wrap: boolean;
  onWrap: () => void;
  downloading: boolean;
  onDownload: () => void;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { log, firstError } = props;
  const there = log.window.lines.length > 0;
  return (
    <div className={classes.bar}>
      <h3 className={classes.title}>{props.name}</h3>
      <span className={classes.grow} />
      {there && (
        <>
          <LogSearchField search={props.search} />
          {firstError.failed && (
            <ActionButton
              className={`${classes.button} ${classes.error}`}
              onClick={firstError.show}
            >
              {t('log.firstError')}
            </ActionButton>
          )}
          {!log.window.complete && (
            <ActionButton
              className={
                log.following
                  ? `${classes.button} ${classes.on}`
                  : classes.button
              }
              aria-pressed={log.following}
              onClick={log.following ? log.unfollow : log.showEnd}
            >
              {t('log.follow')}
            </ActionButton>
          )}
          <IconButton
            className={
              props.wrap ? `${classes.icon} ${classes.on}` : classes.icon
            }
            aria-label={t('log.wrap')}
            title={t('log.wrap')}
            aria-pressed={props.wrap}
            onClick={props.onWrap}
          >
            <WrapTextIcon />
          </IconButton>
          <IconButton
            className={classes.icon}
            aria-label={t('log.download')}
            title={t('log.download')}
            disabled={props.downloading}
            onClick={props.onDownload}
          >
            <GetAppIcon />
          </IconButton>
        </>
      )}
      <span role="status" style={{ fontSize: '0.75rem' }}>
        {props.downloading && t('log.downloading')}
        {there &&
          firstError.failed &&
          firstError.searched &&
          t('log.noFirstError')}
      </span>
    </div>
  );
}
