import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import ToggleButton from '@material-ui/lab/ToggleButton';
import ToggleButtonGroup from '@material-ui/lab/ToggleButtonGroup';
import { workspacesTranslationRef } from '../../translation';
import { StateLabel, type State } from '../StateLabel';
import { tones } from '../tones';

const useStyles = makeStyles(theme => ({
  group: { flexWrap: 'wrap' },
  button: {
    gap: 6,
    minHeight: 32,
    padding: theme.spacing(0, 1.25),
    fontFamily: 'inherit',
    fontSize: '0.8125rem',
    textTransform: 'none',
    color: theme.palette.text.primary,
    // Buttons that wrap to another line keep a border of their own.
    '&:not(:first-child)': { marginLeft: -1 },
    '&.Mui-selected': {
      color: theme.palette.text.primary,
      backgroundColor: tones(theme).selected,
      boxShadow: `inset 0 -2px ${tones(theme).text.busy}`,
    },
    '&.Mui-selected:hover': { backgroundColor: tones(theme).selected },
  },
  label: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: 6,
    fontWeight: 700,
  },
  count: {
    color: tones(theme).secondInk,
    fontVariantNumeric: 'tabular-nums',
  },
}));

const ALL = 'all';

/** Narrows the list to one state; each says how many there are. */
export function StateFilter(props: {
  counts: [State, number][];
  chosen?: State;
  onChange: (state?: State) => void;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { counts, chosen } = props;
  const all = counts.reduce((sum, [, count]) => sum + count, 0);
  // A state that nobody has any more stays, so that it can be let go.
  const shown: [State, number][] =
    chosen && !counts.some(([state]) => state === chosen)
      ? [...counts, [chosen, 0]]
      : counts;
  return (
    <ToggleButtonGroup
      exclusive
      className={classes.group}
      aria-label={t('workspaces.state')}
      value={chosen ?? ALL}
      onChange={(_, value: State | typeof ALL | null) =>
        props.onChange(value === ALL || value === null ? undefined : value)
      }
    >
      <ToggleButton className={classes.button} value={ALL}>
        <span className={classes.label}>
          {t('workspaces.all')} <span className={classes.count}>{all}</span>
        </span>
      </ToggleButton>
      {shown.map(([state, count]) => (
        <ToggleButton key={state} className={classes.button} value={state}>
          <span className={classes.label}>
            <StateLabel state={state} />
            <span className={classes.count}>{count}</span>
          </span>
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}
