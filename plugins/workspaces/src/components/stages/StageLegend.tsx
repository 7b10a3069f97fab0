import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles, useTheme } from '@material-ui/core/styles';
import type { StageName } from '@slipway/backstage-plugin-workspaces-common';
import { workspacesTranslationRef } from '../../translation';
import { tones } from '../tones';

const useStyles = makeStyles(theme => ({
  legend: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(0.5, 2),
    margin: theme.spacing(0, 0, 1.5),
    padding: 0,
    listStyle: 'none',
    fontSize: '0.75rem',
    lineHeight: '1rem',
    color: tones(theme).secondInk,
    '& li': { display: 'flex', alignItems: 'center', gap: 6 },
  },
  swatch: { width: 10, height: 10, borderRadius: 2 },
}));

/** Which colour of a strip stands for which stage. */
export function StageLegend(props: { stages: readonly StageName[] }) {
  const classes = useStyles();
  const colors = tones(useTheme()).stages;
  const { t } = useTranslationRef(workspacesTranslationRef);
  return (
    <ul className={classes.legend} aria-label={t('stages.colours')}>
      {props.stages.map(name => (
        <li key={name}>
          <span
            className={classes.swatch}
            style={{ backgroundColor: colors[name] }}
          />
          {t(`stage.${name}`)}
        </li>
      ))}
    </ul>
  );
}
