import { useTranslationRef } from '@backstage/frontend-plugin-api';
import FormControlLabel from '@material-ui/core/FormControlLabel';
import Radio from '@material-ui/core/Radio';
import RadioGroup from '@material-ui/core/RadioGroup';
import { makeStyles } from '@material-ui/core/styles';
import type { Release } from '@slipway/backstage-plugin-workspaces-common';
import { workspacesTranslationRef } from '../../translation';
import { ActionButton } from '../ActionButton';
import { Revision } from '../runs';
import { RelativeTime } from '../time';
import { tones } from '../tones';

const useStyles = makeStyles(theme => ({
  list: { marginBottom: theme.spacing(1.5) },
  label: { alignItems: 'flex-start', marginRight: 0 },
  name: { fontWeight: 700 },
  second: {
    display: 'block',
    fontSize: '0.75rem',
    lineHeight: '1rem',
    color: tones(theme).secondInk,
  },
}));

/** The releases of an app; those that served before can be chosen. */
export function ReleaseChoice(props: {
  releases: Release[];
  /** Numbers of runs by their ids. */
  runNumbers: Record<string, number>;
  chosen?: number;
  onChoose: (release: number) => void;
  onOlder?: () => void;
  busy: boolean;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { releases } = props;
  if (!releases.some(({ state }) => state === 'superseded') && !props.onOlder)
    return <p>{t('rollBack.none')}</p>;
  return (
    <>
      <RadioGroup
        className={classes.list}
        aria-label={t('rollBack.releases')}
        value={props.chosen ?? ''}
        onChange={event => props.onChoose(Number(event.target.value))}
      >
        {releases.map(release => (
          <FormControlLabel
            key={release.number}
            className={classes.label}
            value={release.number}
            disabled={release.state !== 'superseded'}
            control={<Radio color="primary" />}
            label={
              <div style={{ paddingTop: 9 }}>
                <span className={classes.name}>
                  {t('rollBack.release', { release: String(release.number) })}
                </span>{' '}
                {release.state !== 'superseded' &&
                  t(`rollBack.state.${release.state}`)}
                <span className={classes.second}>
                  {release.revision && (
                    <>
                      <Revision revision={release.revision} />
                      {' · '}
                    </>
                  )}
                  <RelativeTime at={release.createdAt} />
                  {props.runNumbers[release.run] !== undefined &&
                    ` · ${t('rollBack.byRun', {
                      number: String(props.runNumbers[release.run]),
                    })}`}
                </span>
              </div>
            }
          />
        ))}
      </RadioGroup>
      {props.onOlder && (
        <ActionButton
          variant="text"
          onClick={props.onOlder}
          disabled={props.busy}
        >
          {t('rollBack.older')}
        </ActionButton>
      )}
    </>
  );
}
