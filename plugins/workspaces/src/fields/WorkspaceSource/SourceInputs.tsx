import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import TextField, { type TextFieldProps } from '@material-ui/core/TextField';
import Autocomplete from '@material-ui/lab/Autocomplete';
import type { SourceSpec } from '@slipway/backstage-plugin-workspaces-common';
import { ActionButton } from '../../components/ActionButton';
import { workspacesTranslationRef } from '../../translation';
import { SecretInput } from '../SecretInput';

const useStyles = makeStyles(theme => ({
  inputs: {
    display: 'grid',
    gridTemplateColumns: 'repeat(2, minmax(0, 1fr))',
    gap: theme.spacing(2),
    [theme.breakpoints.down('xs')]: { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  whole: { gridColumn: '1 / -1' },
}));

/** The text inputs of a source: which there are depends on its type. */
export function SourceInputs(props: {
  id: string;
  source: SourceSpec;
  /** Branches and tags that were seen. */
  branches: string[];
  ownerOf: () => Promise<string>;
  disabled?: boolean;
  onChange: (change: Partial<SourceSpec>) => void;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { id, source, disabled, onChange } = props;
  const { type } = source;
  const input = (name: 'url' | 'folder' | 'path') => ({
    id: `${id}_${name}`,
    value: source[name] ?? '',
    disabled,
    fullWidth: true,
    onChange: (event: { target: { value: string } }) =>
      onChange({ [name]: event.target.value.trimStart() }),
    // Spaces at the end come from the clipboard; within a path they may be meant.
    onBlur: () => {
      const text = source[name];
      if (text && text !== text.trim()) onChange({ [name]: text.trim() });
    },
  });
  return (
    <div className={classes.inputs}>
      {(type === 'git' || type === 'zip') && (
        <TextField
          {...input('url')}
          className={classes.whole}
          type="url"
          required
          autoComplete="off"
          label={t(`fields.source.${type}Url`)}
          helperText={t(`fields.source.${type}UrlHelp`)}
        />
      )}
      {type === 'folder' && (
        <TextField
          {...input('folder')}
          className={classes.whole}
          required
          label={t('fields.source.folder')}
          helperText={t('fields.source.folderHelp')}
        />
      )}
      {type === 'git' && (
        <RevisionInput
          id={`${id}_revision`}
          revision={source.revision}
          branches={props.branches}
          disabled={disabled}
          onChange={revision => onChange({ revision })}
        />
      )}
      <TextField
        {...input('path')}
        label={t('fields.source.path')}
        helperText={t('fields.source.pathHelp')}
      />
      {(type === 'git' || type === 'zip') && (
        <div className={classes.whole}>
          <TokenInput {...props} />
        </div>
      )}
    </div>
  );
}

function RevisionInput(props: {
  id: string;
  revision?: string;
  branches: string[];
  disabled?: boolean;
  onChange: (revision: string) => void;
}) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  return (
    <Autocomplete
      id={props.id}
      freeSolo
      options={props.branches}
      inputValue={props.revision ?? ''}
      disabled={props.disabled}
      onInputChange={(event, revision) => {
        // Without an event it is the list that speaks, not the user.
        if (event) props.onChange(revision.trim());
      }}
      renderInput={input => (
        <TextField
          {...(input as TextFieldProps)}
          label={t('fields.source.revision')}
          helperText={t('fields.source.revisionHelp')}
        />
      )}
    />
  );
}

function TokenInput(props: {
  id: string;
  source: SourceSpec;
  ownerOf: () => Promise<string>;
  disabled?: boolean;
  onChange: (change: Partial<SourceSpec>) => void;
}) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { type, url, token } = props.source;
  return (
    <SecretInput
      id={`${props.id}_token`}
      label={t('fields.source.token')}
      what={t('fields.source.token')}
      description={
        url ? t('fields.source.tokenOf', { url }) : t('fields.source.token')
      }
      helperText={t(
        type === 'git'
          ? 'fields.source.tokenHelp'
          : 'fields.source.tokenZipHelp',
      )}
      ownerOf={props.ownerOf}
      secret={token}
      disabled={props.disabled}
      onStored={stored => props.onChange({ token: stored })}
    >
      <ActionButton
        variant="text"
        disabled={props.disabled}
        onClick={() => props.onChange({ token: undefined })}
      >
        {t('fields.source.noToken')}
      </ActionButton>
    </SecretInput>
  );
}
