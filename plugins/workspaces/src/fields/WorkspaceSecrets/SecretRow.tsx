import { useTranslationRef } from '@backstage/frontend-plugin-api';
import IconButton from '@material-ui/core/IconButton';
import { makeStyles } from '@material-ui/core/styles';
import TextField from '@material-ui/core/TextField';
import CloseIcon from '@material-ui/icons/Close';
import { workspacesTranslationRef } from '../../translation';
import { SecretInput, stayInInput } from '../SecretInput';
import type { NameProblem } from './names';

const useStyles = makeStyles(theme => ({
  row: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 2fr) minmax(0, 3fr) auto',
    alignItems: 'start',
    gap: theme.spacing(0, 2),
    padding: theme.spacing(0.5, 0),
    [theme.breakpoints.down('xs')]: {
      gridTemplateColumns: 'minmax(0, 1fr) auto',
      '& > :nth-child(2)': { gridRow: 2, gridColumn: '1 / -1' },
    },
  },
  remove: { marginTop: theme.spacing(1) },
}));

/** One variable: its name, and its value until that is stored. */
export function SecretRow(props: {
  id: string;
  number: number;
  name: string;
  secret: string;
  problem?: NameProblem;
  isNew: boolean;
  ownerOf: () => Promise<string>;
  disabled?: boolean;
  onChange: (change: { name?: string; secret?: string }) => void;
  onStoring: (stored: Promise<string | undefined>) => void;
  onRemove: () => void;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { id, name, problem, disabled, onChange } = props;
  const number = String(props.number);
  const called = name || t('fields.secrets.numbered', { number });
  return (
    <li className={classes.row}>
      <TextField
        id={`${id}_name`}
        fullWidth
        autoFocus={props.isNew}
        label={t('fields.secrets.name')}
        inputProps={{
          'aria-label': t('fields.secrets.numberedName', { number }),
          maxLength: 200,
          spellCheck: false,
          autoCapitalize: 'off',
        }}
        error={problem !== undefined}
        helperText={<ProblemText problem={problem} name={name} />}
        value={name}
        disabled={disabled}
        onChange={event => onChange({ name: event.target.value.trim() })}
      />
      <SecretInput
        id={`${id}_value`}
        label={t('fields.secrets.value')}
        what={t('fields.secrets.namedValue', { name: called })}
        description={t('fields.secrets.description', { name: called })}
        ownerOf={props.ownerOf}
        secret={props.secret || undefined}
        disabled={disabled}
        onStored={secret => onChange({ secret })}
        onStoring={props.onStoring}
      />
      <IconButton
        className={classes.remove}
        size="small"
        disabled={disabled}
        aria-label={t('fields.secrets.remove', { name: called })}
        onMouseDown={stayInInput}
        onClick={props.onRemove}
      >
        <CloseIcon fontSize="small" />
      </IconButton>
    </li>
  );
}

function ProblemText(props: { problem?: NameProblem; name: string }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { problem, name } = props;
  if (problem?.kind === 'twice')
    return <>{t('fields.secrets.twice', { name })}</>;
  if (problem?.kind === 'refused') return <>{problem.message}</>;
  return null;
}
