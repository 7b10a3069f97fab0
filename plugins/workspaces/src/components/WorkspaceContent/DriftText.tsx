import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import type { Drift } from '@slipway/backstage-plugin-workspaces-common';
import { workspacesTranslationRef } from '../../translation';
import { RelativeTime } from '../time';
import { tones } from '../tones';

const useStyles = makeStyles(theme => ({
  second: {
    fontSize: '0.75rem',
    lineHeight: '1rem',
    color: tones(theme).secondInk,
  },
}));

/** What somebody else than the portal has changed, who, and when, as far as it is known. */
export function DriftText(props: { drift: Drift }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { object, field = '', expected, found, by, at } = props.drift;
  const change = () => {
    if (found === undefined)
      return t('needs.lost', { field, expected: expected ?? '' });
    return expected === undefined
      ? t('needs.added', { field, found })
      : t('needs.changed', { field, found, expected });
  };
  const isMissing = field === '';
  const since = isMissing ? t('needs.missingSince') : '';
  return (
    <div>
      <strong>{object}</strong> {isMissing ? t('needs.missing') : change()}
      <div className={classes.second}>
        {by ? t('needs.changedBy', { by }) : since}
        {at && (
          <>
            {' '}
            <RelativeTime at={at} />
          </>
        )}
        {!by && !isMissing && t('needs.unknownWho')}
      </div>
    </div>
  );
}
