import { Link } from '@backstage/core-components';
import { useApi } from '@backstage/core-plugin-api';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import type { BaseSearchResultListItemProps } from '@backstage/plugin-search-react/alpha';
import ListItemIcon from '@material-ui/core/ListItemIcon';
import { makeStyles } from '@material-ui/core/styles';
import type { WorkspaceSearchDocument } from '@slipway/backstage-plugin-workspaces-common';
import useAsync from 'react-use/esm/useAsync';
import { workspacesApiRef } from '../../api';
import { messageOf } from '../../api/errors';
import { workspacesTranslationRef } from '../../translation';
import { Address } from '../Address';
import { StateLabel } from '../StateLabel';
import { tones } from '../tones';
import { liveState } from './liveState';

const useStyles = makeStyles(theme => {
  const { secondInk, thirdInk } = tones(theme);
  return {
    item: {
      display: 'flex',
      alignItems: 'flex-start',
      width: '100%',
      minWidth: 0,
    },
    body: { flex: 1, minWidth: 0, overflowWrap: 'anywhere' },
    head: {
      display: 'flex',
      flexWrap: 'wrap',
      alignItems: 'center',
      justifyContent: 'space-between',
      gap: theme.spacing(0.5, 2),
    },
    title: {
      fontSize: '1.125rem',
      lineHeight: '1.5rem',
      fontWeight: 700,
    },
    facts: {
      display: 'flex',
      flexWrap: 'wrap',
      alignItems: 'center',
      gap: theme.spacing(0, 1.5),
      marginTop: theme.spacing(0.5),
      fontSize: '0.875rem',
      lineHeight: '1.5rem',
      color: secondInk,
    },
    kind: { color: thirdInk },
    unknown: { fontSize: '0.8125rem', color: secondInk },
  };
});

type Found = Omit<WorkspaceSearchDocument, 'authorization'>;

/** A workspace or an endpoint that the search found, with its state of now. */
export function SearchResultItem(props: BaseSearchResultListItemProps) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  // Only documents of our own type get here.
  const found = props.result as Found | undefined;
  if (!found) return null;
  return (
    <div className={classes.item}>
      {props.icon && <ListItemIcon>{props.icon}</ListItemIcon>}
      <div className={classes.body}>
        <div className={classes.head}>
          <Link className={classes.title} to={found.location} noTrack>
            {found.title}
          </Link>
          <StateOfNow key={`${found.kind}:${found.id}`} found={found} />
        </div>
        <div className={classes.facts}>
          <span className={classes.kind}>{t(`search.${found.kind}`)}</span>
          {found.address && (
            <span>
              <Address url={found.address} />
            </span>
          )}
        </div>
      </div>
    </div>
  );
}

function StateOfNow(props: { found: Found }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const api = useApi(workspacesApiRef);
  const { kind, id } = props.found;
  const { value, error } = useAsync(
    () => liveState(api, { kind, id }),
    [api, kind, id],
  );
  if (value === 'gone')
    return <span className={classes.unknown}>{t('search.gone')}</span>;
  return (
    <span>
      <StateLabel state={value ?? 'unknown'} />
      {error && (
        <div className={classes.unknown}>
          {t('search.notAsked', { reason: messageOf(error) })}
        </div>
      )}
    </span>
  );
}
