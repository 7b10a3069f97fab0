import { useApi } from '@backstage/core-plugin-api';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import TextField from '@material-ui/core/TextField';
import {
  useRef,
  useState,
  type FocusEvent,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
} from 'react';
import { workspacesApiRef } from '../api';
import { ActionButton } from '../components/ActionButton';
import { ActionError } from '../components/feedback';
import { StateLabel } from '../components/StateLabel';
import { VisuallyHidden } from '../components/VisuallyHidden';
import { useAction } from '../hooks/useAction';
import { workspacesTranslationRef } from '../translation';

/** The most that the API takes, in characters. */
const LONGEST_VALUE = 65_536;
const LONGEST_DESCRIPTION = 200;

const useStyles = makeStyles(theme => ({
  row: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(0.5, 1),
    minHeight: 56,
  },
  input: { flex: '1 1 200px' },
  stored: { fontSize: '0.8125rem' },
}));

/**
 * Takes a value that is to be secret and stores it in the backend as soon as it was entered. The
 * form gets the id of the secret; the value is forgotten here.
 */
export function SecretInput(props: {
  id: string;
  label: string;
  /** As the sentences of this input name it: "Access token", "Value of API_KEY". */
  what: string;
  /** Kept with the secret, for those who list theirs. */
  description: string;
  ownerOf: () => Promise<string>;
  /** Id of the stored secret. */
  secret?: string;
  helperText?: string;
  disabled?: boolean;
  /** Beside the words that it is stored. */
  children?: ReactNode;
  onStored: (secret: string) => void;
  /** Hears that it is being stored, and of the id once it is. */
  onStoring?: (stored: Promise<string | undefined>) => void;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const api = useApi(workspacesApiRef);
  const [value, setValue] = useState('');
  const [replacing, setReplacing] = useState(false);
  const { busy, error, start, dismiss } = useAction();
  const storing = useRef(false);
  const hadFocus = useRef(false);
  const { what, secret, disabled } = props;

  const store = async () => {
    // Leaving the input and the button beside it both ask for it.
    if (storing.current || value === '') return;
    storing.current = true;
    let id: string | undefined;
    const stored = start(async () => {
      const answer = await api.createSecret({
        owner: await props.ownerOf(),
        description: props.description.slice(0, LONGEST_DESCRIPTION),
        value,
      });
      setValue('');
      setReplacing(false);
      id = answer.id;
      props.onStored(id);
    });
    props.onStoring?.(stored.then(() => id));
    await stored;
    storing.current = false;
  };
  const storeOnEnter = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return;
    event.preventDefault(); // it would go to the next page
    store();
  };
  const storeOnLeaving = (event: FocusEvent<HTMLElement>) => {
    if (event.currentTarget.contains(event.relatedTarget as Node | null))
      return;
    hadFocus.current = false;
    store();
  };
  const keep = () => {
    setValue('');
    setReplacing(false);
  };

  const isStored = secret !== undefined && !replacing;
  return (
    <div>
      <div
        className={classes.row}
        onFocus={() => {
          hadFocus.current = true;
        }}
        onBlur={storeOnLeaving}
      >
        {isStored ? (
          <>
            <span className={classes.stored}>
              {props.label}: <StateLabel state="passed" iconOnly />{' '}
              {t('fields.secret.stored')}
            </span>
            <ActionButton
              key="replace"
              variant="text"
              disabled={disabled}
              // The input that had the focus is not there any more.
              autoFocus={hadFocus.current}
              aria-label={t('fields.secret.replaceWhat', { what })}
              onClick={() => setReplacing(true)}
            >
              {t('fields.secret.replace')}
            </ActionButton>
            {props.children}
          </>
        ) : (
          <>
            <TextField
              id={props.id}
              className={classes.input}
              type="password"
              autoComplete="new-password"
              autoFocus={replacing}
              label={props.label}
              helperText={props.helperText}
              value={value}
              disabled={disabled || busy}
              onChange={event => setValue(event.target.value)}
              onKeyDown={storeOnEnter}
              inputProps={{ maxLength: LONGEST_VALUE, 'aria-label': what }}
            />
            {value !== '' && (
              <ActionButton
                key="store"
                disabled={disabled || busy}
                onMouseDown={stayInInput}
                onClick={store}
              >
                {t('fields.secret.store')}
              </ActionButton>
            )}
            {replacing && !busy && (
              <ActionButton
                key="keep"
                variant="text"
                onMouseDown={stayInInput}
                onClick={keep}
              >
                {t('fields.secret.keep')}
              </ActionButton>
            )}
          </>
        )}
      </div>
      <VisuallyHidden role="status">
        {busy && t('fields.secret.storing', { what })}
        {isStored && !busy && t('fields.secret.storedWhat', { what })}
      </VisuallyHidden>
      {error && (
        <ActionError
          title={t('fields.secret.notStored', { what })}
          error={error}
          onRetry={store}
          onClose={dismiss}
        />
      )}
    </div>
  );
}

/** A click beside the input does not leave it, which would store what was typed. */
export function stayInInput(event: MouseEvent): void {
  event.preventDefault();
}
