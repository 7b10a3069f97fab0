import { useTranslationRef } from '@backstage/frontend-plugin-api';
import type { ButtonBaseActions } from '@material-ui/core/ButtonBase';
import IconButton from '@material-ui/core/IconButton';
import { makeStyles } from '@material-ui/core/styles';
import TextField from '@material-ui/core/TextField';
import AddIcon from '@material-ui/icons/Add';
import CloseIcon from '@material-ui/icons/Close';
import { useRef, useState } from 'react';
import { workspacesTranslationRef } from '../../translation';
import { ActionButton } from '../ActionButton';
import { monospace, tones } from '../tones';
import { rowField, type Problems, type VariableRow } from './settings';

const useStyles = makeStyles(theme => ({
  rows: { margin: 0, padding: '0 !important', listStyle: 'none' },
  row: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 2fr) minmax(0, 3fr) auto',
    alignItems: 'start',
    gap: theme.spacing(0.5, 2),
    padding: theme.spacing(0.5, 0),
    [theme.breakpoints.down('xs')]: {
      gridTemplateColumns: 'minmax(0, 1fr) auto',
      '& > :nth-child(2)': { gridRow: 2, gridColumn: '1 / -1' },
    },
  },
  name: { fontFamily: monospace, fontSize: '0.8125rem' },
  second: { color: tones(theme).secondInk, fontSize: '0.8125rem' },
  remove: { marginTop: theme.spacing(1) },
}));

/** The variables of an app, by name and value; those of secrets by name alone. */
export function VariableRows(props: {
  rows: VariableRow[];
  problems: Problems;
  onChange: (rows: VariableRow[]) => void;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const addButton = useRef<ButtonBaseActions>(null);
  const [newest, setNewest] = useState<number>();
  const { rows, problems, onChange } = props;

  const change = (row: VariableRow) =>
    onChange(rows.map(other => (other.key === row.key ? row : other)));
  const add = () => {
    const key = 1 + Math.max(-1, newest ?? -1, ...rows.map(row => row.key));
    setNewest(key);
    onChange([...rows, { key, name: '', value: '' }]);
  };
  const remove = (key: number) => {
    onChange(rows.filter(row => row.key !== key));
    addButton.current?.focusVisible();
  };

  return (
    <>
      <h3 id="slipway-settings-environment">{t('settings.environment')}</h3>
      <ul
        className={classes.rows}
        aria-labelledby="slipway-settings-environment"
      >
        {rows.map((row, index) => (
          <li key={row.key} className={classes.row}>
            {row.secret === undefined ? (
              <PlainVariable
                row={row}
                number={String(index + 1)}
                problem={problems[rowField(row.key)]}
                isNew={row.key === newest}
                onChange={change}
                onRemove={() => remove(row.key)}
              />
            ) : (
              <>
                <span className={classes.name}>{row.name}</span>
                <span className={classes.second}>{t('settings.secret')}</span>
              </>
            )}
          </li>
        ))}
      </ul>
      <ActionButton action={addButton} startIcon={<AddIcon />} onClick={add}>
        {t('settings.add')}
      </ActionButton>
    </>
  );
}

function PlainVariable(props: {
  row: VariableRow;
  number: string;
  problem?: string;
  isNew: boolean;
  onChange: (row: VariableRow) => void;
  onRemove: () => void;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { row, number, problem, onChange } = props;
  const called = row.name || t('settings.numbered', { number });
  const plain = {
    spellCheck: false,
    autoCapitalize: 'off',
    autoComplete: 'off',
  } as const;
  return (
    <>
      <TextField
        fullWidth
        id={`slipway-settings-name-${row.key}`}
        autoFocus={props.isNew}
        label={t('settings.name')}
        error={problem !== undefined}
        helperText={problem}
        value={row.name}
        inputProps={{
          ...plain,
          maxLength: 200,
          'aria-label': t('settings.numberedName', { number }),
        }}
        onChange={event =>
          onChange({ ...row, name: event.target.value.trim() })
        }
      />
      <TextField
        fullWidth
        id={`slipway-settings-value-${row.key}`}
        label={t('settings.value')}
        value={row.value}
        multiline={row.value.includes('\n')}
        inputProps={{
          ...plain,
          'aria-label': t('settings.namedValue', { name: called }),
        }}
        onChange={event => onChange({ ...row, value: event.target.value })}
      />
      <IconButton
        className={classes.remove}
        size="small"
        aria-label={t('settings.remove', { name: called })}
        onClick={props.onRemove}
      >
        <CloseIcon fontSize="small" />
      </IconButton>
    </>
  );
}
