import { useTranslationRef } from '@backstage/frontend-plugin-api';
import IconButton from '@material-ui/core/IconButton';
import { makeStyles } from '@material-ui/core/styles';
import ExpandLessIcon from '@material-ui/icons/ExpandLess';
import ExpandMoreIcon from '@material-ui/icons/ExpandMore';
import VerticalAlignBottomIcon from '@material-ui/icons/VerticalAlignBottom';
import VerticalAlignTopIcon from '@material-ui/icons/VerticalAlignTop';
import {
  firstLine,
  hasEarlier,
  hasLater,
  lastShown,
} from '../../hooks/logWindow';
import type { RunLogState } from '../../hooks/useRunLog';
import { workspacesTranslationRef } from '../../translation';
import { tones } from '../tones';

const useStyles = makeStyles(theme => ({
  root: {
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(0.5),
    minHeight: 34,
    padding: theme.spacing(0, 2),
    borderTop: `1px solid ${tones(theme).line}`,
    fontSize: '0.75rem',
    color: tones(theme).secondInk,
    fontVariantNumeric: 'tabular-nums',
  },
  grow: { flex: 1 },
  icon: { padding: 4, borderRadius: 4, '& svg': { fontSize: 18 } },
}));

/** Which lines are in view, and the way to the others. */
export function LogFooter(props: { log: RunLogState }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { log } = props;
  const { window, busy } = log;
  const number = (value: number) => value.toLocaleString('en-US');
  const steps = [
    {
      name: t('log.start'),
      icon: <VerticalAlignTopIcon />,
      there: hasEarlier(window),
      go: log.showStart,
    },
    {
      name: t('log.earlier'),
      icon: <ExpandLessIcon />,
      there: hasEarlier(window),
      go: log.loadEarlier,
    },
    {
      name: t('log.later'),
      icon: <ExpandMoreIcon />,
      there: hasLater(window),
      go: log.loadLater,
    },
    {
      name: t('log.end'),
      icon: <VerticalAlignBottomIcon />,
      there: hasLater(window),
      go: log.showEnd,
    },
  ];
  const partial = hasEarlier(window) || hasLater(window);
  return (
    <div className={classes.root}>
      <span>
        {partial
          ? t('log.lines', {
              first: number(firstLine(window)),
              last: number(lastShown(window)),
              all: number(window.lastLine),
            })
          : t('log.allLines', {
              count: window.lastLine,
              all: number(window.lastLine),
            })}
        {window.firstKept > 1 &&
          ` · ${t('log.expired', { first: number(window.firstKept) })}`}
      </span>
      <span className={classes.grow} />
      {partial &&
        steps.map(({ name, icon, there, go }) => (
          <IconButton
            key={name}
            className={classes.icon}
            aria-label={name}
            title={name}
            disabled={!there || busy}
            onClick={go}
          >
            {icon}
          </IconButton>
        ))}
    </div>
  );
}
