import { useTranslationRef } from '@backstage/frontend-plugin-api';
import FormControl from '@material-ui/core/FormControl';
import FormControlLabel from '@material-ui/core/FormControlLabel';
import FormLabel from '@material-ui/core/FormLabel';
import Radio from '@material-ui/core/Radio';
import RadioGroup from '@material-ui/core/RadioGroup';
import { makeStyles } from '@material-ui/core/styles';
import type { SourceSpec } from '@slipway/backstage-plugin-workspaces-common';
import { useState } from 'react';
import { UploadInput } from '../../fields/WorkspaceSource/UploadInput';
import type { Texts } from '../../fields/form';
import { workspacesTranslationRef } from '../../translation';
import { tones } from '../tones';

const useStyles = makeStyles(theme => ({
  root: {
    display: 'block',
    marginBottom: theme.spacing(2),
    overflowWrap: 'anywhere',
  },
  legend: {
    fontFamily: 'inherit',
    fontSize: '0.8125rem',
    color: tones(theme).secondInk,
  },
  choice: { '& > :last-child': { font: 'inherit' } },
}));

/** What an app is to be built of: the source that is set for it, or a file that is uploaded here. */
export function SourceChoice(props: {
  /** The source that is set. */
  source: SourceSpec;
  owner: string;
  /** Another source; `upload` is absent until the file has arrived. */
  other?: SourceSpec;
  onChange: (other: SourceSpec | undefined) => void;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const [filename, setFilename] = useState<string>();
  const { source, owner, other, onChange } = props;
  return (
    <FormControl component="fieldset" className={classes.root}>
      <FormLabel component="legend" className={classes.legend}>
        {t('deploy.source')}
      </FormLabel>
      <RadioGroup
        name="slipway-deploy-source"
        value={other ? 'other' : 'kept'}
        onChange={(_event, choice) =>
          onChange(choice === 'other' ? { type: 'upload' } : undefined)
        }
      >
        <FormControlLabel
          className={classes.choice}
          value="kept"
          control={<Radio color="primary" size="small" />}
          label={t('deploy.sourceKept', { source: wordsOf(source, t) })}
        />
        <FormControlLabel
          className={classes.choice}
          value="other"
          control={<Radio color="primary" size="small" />}
          label={t('deploy.sourceUpload')}
        />
      </RadioGroup>
      {other && (
        <UploadInput
          uploaded={other.upload ? { filename } : undefined}
          owner={owner}
          onUploaded={(upload, name) => {
            setFilename(name);
            onChange({ type: 'upload', upload, path: source.path });
          }}
        />
      )}
    </FormControl>
  );
}

function wordsOf(source: SourceSpec, t: Texts): string {
  const { type, url = '', revision, folder = '' } = source;
  switch (type) {
    case 'git':
      return revision
        ? t('deploy.sourceOf.git', { url, revision })
        : t('deploy.sourceOf.gitDefault', { url });
    case 'zip':
      return t('deploy.sourceOf.zip', { url });
    case 'upload':
      return t('deploy.sourceOf.upload');
    default:
      return t('deploy.sourceOf.folder', { folder });
  }
}
