import { useTranslationRef } from '@backstage/frontend-plugin-api';
import IconButton from '@material-ui/core/IconButton';
import InputBase from '@material-ui/core/InputBase';
import { makeStyles } from '@material-ui/core/styles';
import ExpandLessIcon from '@material-ui/icons/ExpandLess';
import ExpandMoreIcon from '@material-ui/icons/ExpandMore';
import SearchIcon from '@material-ui/icons/Search';
import type { KeyboardEvent } from 'react';
import { workspacesTranslationRef } from '../../translation';
import { tones } from '../tones';
import { MOST_HITS, type LogSearch } from './useLogSearch';

const useStyles = makeStyles(theme => ({
  field: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: 6,
    height: 28,
    width: 220,
    padding: theme.spacing(0, 1),
    border: `1px solid ${tones(theme).line}`,
    borderRadius: 4,
    fontSize: '0.8125rem',
    '&:focus-within': {
      outline: `2px solid ${tones(theme).text.busy}`,
      outlineOffset: 1,
    },
    '& svg': { fontSize: 18, color: tones(theme).thirdInk },
    [theme.breakpoints.down('xs')]: { flex: '1 1 100%' },
  },
  input: { flex: 1, fontFamily: 'inherit', fontSize: 'inherit', minWidth: 0 },
  count: {
    fontSize: '0.75rem',
    whiteSpace: 'nowrap',
    color: tones(theme).secondInk,
  },
  step: { padding: 4, borderRadius: 4, '& svg': { fontSize: 20 } },
}));

/** Searches the whole log, and steps from hit to hit; Enter goes on, Shift and Enter go back. */
export function LogSearchField(props: { search: LogSearch }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { search } = props;
  const { lines, index } = search;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter')
      (event.shiftKey ? search.previous : search.next)();
    if (event.key === 'Escape') search.setQuery('');
  };
  const hits =
    lines.length < MOST_HITS
      ? String(lines.length)
      : t('log.hitsOrMore', { most: MOST_HITS.toLocaleString('en-US') });
  return (
    <>
      <span className={classes.field}>
        <SearchIcon />
        <InputBase
          className={classes.input}
          placeholder={t('log.search')}
          value={search.query}
          onChange={event => search.setQuery(event.target.value)}
          onKeyDown={onKeyDown}
          inputProps={{ 'aria-label': t('log.search'), type: 'search' }}
        />
        <span className={classes.count} role="status">
          {search.text &&
            (lines.length > 0
              ? t('log.hit', { hit: String(index + 1), hits })
              : t('log.noHit'))}
        </span>
      </span>
      {lines.length > 1 && (
        <>
          <IconButton
            className={classes.step}
            aria-label={t('log.previousHit')}
            onClick={search.previous}
          >
            <ExpandLessIcon />
          </IconButton>
          <IconButton
            className={classes.step}
            aria-label={t('log.nextHit')}
            onClick={search.next}
          >
            <ExpandMoreIcon />
          </IconButton>
        </>
      )}
    </>
  );
}
