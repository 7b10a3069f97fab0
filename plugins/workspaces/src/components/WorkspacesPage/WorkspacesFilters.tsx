import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { humanizeEntityRef } from '@backstage/plugin-catalog-react';
import { parseEntityRef } from '@backstage/catalog-model';
import InputAdornment from '@material-ui/core/InputAdornment';
import { makeStyles } from '@material-ui/core/styles';
import TextField from '@material-ui/core/TextField';
import SearchIcon from '@material-ui/icons/Search';
import type { ReactNode } from 'react';
import { workspacesTranslationRef } from '../../translation';
import type { State } from '../StateLabel';
import { tones } from '../tones';
import { StateFilter } from './StateFilter';
import type { WorkspaceFilters } from './useWorkspaceFilters';

/** A longer name there is not. */
const LONGEST_TEXT = 63;

const useStyles = makeStyles(theme => ({
  root: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(1, 1.5),
    marginBottom: theme.spacing(2),
  },
  text: { flex: '0 1 280px', minWidth: 200 },
  input: {
    height: 32,
    fontSize: '0.8125rem',
    fontFamily: 'inherit',
    backgroundColor: theme.palette.background.paper,
    '& input, & select': { fontFamily: 'inherit' },
    '& svg': { fontSize: 18, color: tones(theme).thirdInk },
  },
  choice: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    fontSize: '0.8125rem',
    color: tones(theme).secondInk,
  },
}));

/** What narrows the list: a text, a state, an owner, an engine. */
export function WorkspacesFilters(props: {
  filters: WorkspaceFilters;
  counts: [State, number][];
  owners: string[];
  engines: string[];
  onChange: (changed: WorkspaceFilters) => void;
}) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { filters, owners, engines, onChange } = props;
  return (
    <div
      className={classes.root}
      role="search"
      aria-label={t('workspaces.filters')}
    >
      <TextField
        className={classes.text}
        type="search"
        variant="outlined"
        size="small"
        value={filters.text ?? ''}
        placeholder={t('workspaces.text')}
        inputProps={{
          'aria-label': t('workspaces.text'),
          maxLength: LONGEST_TEXT,
        }}
        InputProps={{
          className: classes.input,
          startAdornment: (
            <InputAdornment position="start">
              <SearchIcon />
            </InputAdornment>
          ),
        }}
        onChange={event => onChange({ text: event.target.value })}
      />
      <StateFilter
        counts={props.counts}
        chosen={filters.state}
        onChange={state => onChange({ state })}
      />
      <Choice
        label={t('workspaces.owner')}
        value={filters.owner}
        onChange={owner => onChange({ owner })}
      >
        <option value="">{t('workspaces.anyone')}</option>
        <option value="mine">{t('workspaces.mine')}</option>
        {owners.map(owner => (
          <option key={owner} value={owner}>
            {nameOf(owner)}
          </option>
        ))}
      </Choice>
      {engines.length > 1 && (
        <Choice
          label={t('workspaces.engine')}
          value={filters.engine}
          onChange={engine => onChange({ engine })}
        >
          <option value="">{t('workspaces.anyEngine')}</option>
          {engines.map(engine => (
            <option key={engine} value={engine}>
              {engine}
            </option>
          ))}
        </Choice>
      )}
    </div>
  );
}

function Choice(props: {
  label: string;
  value?: string;
  onChange: (value?: string) => void;
  children: ReactNode;
}) {
  const classes = useStyles();
  return (
    // The select of the field is inside its label.
    // eslint-disable-next-line jsx-a11y/label-has-associated-control
    <label className={classes.choice}>
      {props.label}
      <TextField
        select
        variant="outlined"
        size="small"
        value={props.value ?? ''}
        SelectProps={{ native: true }}
        InputProps={{ className: classes.input }}
        onChange={event => props.onChange(event.target.value || undefined)}
      >
        {props.children}
      </TextField>
    </label>
  );
}

/** What stands in the address need not be the ref of an entity. */
function nameOf(owner: string): string {
  try {
    return humanizeEntityRef(parseEntityRef(owner), { defaultKind: 'group' });
  } catch {
    return owner;
  }
}
