import { useApi } from '@backstage/core-plugin-api';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import type { ButtonBaseActions } from '@material-ui/core/ButtonBase';
import { makeStyles } from '@material-ui/core/styles';
import AddIcon from '@material-ui/icons/Add';
import { useRef, useState } from 'react';
import { workspacesApiRef } from '../../api';
import { ActionButton } from '../../components/ActionButton';
import { tones } from '../../components/tones';
import { workspacesTranslationRef } from '../../translation';
import { FieldFrame } from '../FieldFrame';
import { formOf, useOwner } from '../form';
import { nameProblem } from './names';
import { noteSave } from './saves';
import { workspaceSecretsSchema } from './schema';
import { SecretRow } from './SecretRow';

const useStyles = makeStyles(theme => ({
  rows: { listStyle: 'none', margin: theme.spacing(0, 0, 1), padding: 0 },
  none: {
    margin: theme.spacing(0, 0, 1),
    fontSize: '0.8125rem',
    color: tones(theme).secondInk,
  },
}));

/** Variables whose values nobody sees again. The form holds their names and references. */
export function WorkspaceSecrets(props: typeof workspaceSecretsSchema.TProps) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const api = useApi(workspacesApiRef);
  const { formData: secrets = [], onChange, schema, disabled } = props;
  const form = formOf(props.formContext);
  const ownerOf = useOwner(form.owner);
  const addButton = useRef<ButtonBaseActions>(null);
  const rows = useRowKeys(secrets.length);

  // A value may be stored long after it was typed, and the form has gone on.
  const latest = useRef({ secrets, onChange, keys: rows.keys });
  latest.current = { secrets, onChange, keys: rows.keys };
  const changeRow = (
    key: number,
    change: { name?: string; secret?: string },
  ) => {
    const now = latest.current;
    const at = now.keys.indexOf(key);
    if (at === -1) return;
    now.onChange(
      now.secrets.map((row, index) =>
        index === at ? { ...row, ...change } : row,
      ),
    );
  };
  const add = () => {
    rows.add();
    onChange([...secrets, { name: '', secret: '' }]);
  };
  const remove = (at: number) => {
    rows.remove(at);
    onChange(secrets.filter((_, index) => index !== at));
    addButton.current?.focusVisible();
  };

  return (
    <FieldFrame title={schema.title} description={schema.description}>
      {secrets.length === 0 && (
        <p className={classes.none}>{t('fields.secrets.none')}</p>
      )}
      <ul className={classes.rows} aria-label={schema.title}>
        {secrets.map(({ name, secret }, index) => (
          <SecretRow
            key={rows.keys[index]}
            id={`${props.idSchema.$id}_${rows.keys[index]}`}
            number={index + 1}
            name={name}
            secret={secret}
            problem={
              name === '' ? undefined : nameProblem(secrets, index, form)
            }
            isNew={rows.keys[index] === rows.newest}
            ownerOf={ownerOf}
            disabled={disabled}
            onChange={change => changeRow(rows.keys[index], change)}
            onStoring={stored => noteSave(api, name, stored)}
            onRemove={() => remove(index)}
          />
        ))}
      </ul>
      <ActionButton
        action={addButton}
        startIcon={<AddIcon />}
        disabled={disabled}
        onClick={add}
      >
        {t('fields.secrets.add')}
      </ActionButton>
    </FieldFrame>
  );
}

/** What tells rows apart while others come and go, so that nothing typed moves to another row. */
function useRowKeys(count: number) {
  const next = useRef(count);
  const [keys, setKeys] = useState(() =>
    Array.from({ length: count }, (_, index) => index),
  );
  const [newest, setNewest] = useState<number>();
  return {
    keys,
    /** The row that was added last, if it was added here. */
    newest,
    add() {
      const key = next.current;
      next.current += 1;
      setKeys(before => [...before, key]);
      setNewest(key);
    },
    remove: (at: number) =>
      setKeys(before => before.filter((_, index) => index !== at)),
  };
}
