import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import type { SourceInspection } from '@slipway/backstage-plugin-workspaces-common';
import { Revision } from '../../components/runs';
import { monospace, tones } from '../../components/tones';
import { workspacesTranslationRef } from '../../translation';
import { useFileSize } from '../useFileSize';

const useStyles = makeStyles(theme => ({
  facts: {
    display: 'grid',
    gridTemplateColumns: '110px minmax(0, 1fr)',
    gap: theme.spacing(0.5, 1.5),
    margin: 0,
    fontSize: '0.8125rem',
    lineHeight: '1.25rem',
    '& dt': { color: tones(theme).thirdInk },
    '& dd': { margin: 0, overflowWrap: 'anywhere' },
  },
  name: { fontFamily: monospace },
}));

/** What was found in a source that can be built. */
export function SeenFacts(props: { inspection: SourceInspection }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const fileSize = useFileSize();
  const { revision, dockerfile, port, runtime, baseImages, files, sizeBytes } =
    props.inspection;
  return (
    <dl className={classes.facts}>
      {revision && (
        <>
          <dt>{t('fields.inspection.revision')}</dt>
          <dd>
            <Revision revision={revision} />
          </dd>
        </>
      )}
      <dt>{t('fields.inspection.dockerfile')}</dt>
      <dd className={classes.name}>{dockerfile}</dd>
      <dt>{t('fields.inspection.port')}</dt>
      <dd>
        {port === undefined
          ? t('fields.inspection.noPort')
          : t('fields.inspection.portFrom', { port: String(port) })}
      </dd>
      <dt>{t('fields.inspection.runtime')}</dt>
      <dd>
        {runtime === 'unknown' ? t('fields.inspection.unknown') : runtime}
      </dd>
      {baseImages.length > 0 && (
        <>
          <dt>{t('fields.inspection.baseImages')}</dt>
          <dd className={classes.name}>{baseImages.join(', ')}</dd>
        </>
      )}
      <dt>{t('fields.inspection.size')}</dt>
      <dd>
        {t('fields.inspection.files', {
          count: files,
          size: fileSize(sizeBytes),
        })}
      </dd>
    </dl>
  );
}
