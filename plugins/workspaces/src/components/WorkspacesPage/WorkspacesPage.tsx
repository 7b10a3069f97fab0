import { Content } from '@backstage/core-components';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import Skeleton from '@material-ui/lab/Skeleton';
import type { Endpoint } from '@slipway/backstage-plugin-workspaces-common';
import { useMemo } from 'react';
import { useAllEndpoints } from '../../hooks/useAllEndpoints';
import { useWorkspaces } from '../../hooks/useWorkspaces';
import { workspacesTranslationRef } from '../../translation';
import { ActionButton } from '../ActionButton';
import { ActionError, LiveIndicator, LoadFailure, Notice } from '../feedback';
import { PageHeading } from '../PageHeading';
import { useNow } from '../time';
import { NewAppButton } from './NewAppButton';
import { countStates, standingOf, worstFirst } from './standings';
import { useWorkspaceFilters } from './useWorkspaceFilters';
import { WorkspacesFilters } from './WorkspacesFilters';
import { WorkspacesTable } from './WorkspacesTable';

const NO_ENDPOINTS: ReadonlyMap<string, Endpoint[]> = new Map();

const useStyles = makeStyles({ end: { marginLeft: 'auto' } });

/** All workspaces that the user may see, what needs action first. */
export function WorkspacesPage() {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const now = useNow(10_000);
  const { filters, change, clear, narrowed } = useWorkspaceFilters();
  const { workspaces, all, more, loading, error, retry, connection } =
    useWorkspaces(filters);
  const { endpoints = NO_ENDPOINTS, ...endpointList } = useAllEndpoints();

  const standings = useMemo(
    () =>
      workspaces &&
      worstFirst(
        workspaces.map(workspace =>
          standingOf(workspace, endpoints.get(workspace.id) ?? [], now),
        ),
      ),
    [workspaces, endpoints, now],
  );
  const shown = standings?.filter(
    ({ state }) => !filters.state || state === filters.state,
  );
  const ill = standings?.filter(({ needs }) => needs.length > 0).length ?? 0;
  const count = standings?.length ?? 0;
  const waits = shown?.length === 0 && loading;

  const title = () => {
    if (count === 0) return t('workspaces.title');
    return ill === 0
      ? t('workspaces.noneNeedsAction', { all: String(count) })
      : t('workspaces.needAction', { count: ill, all: String(count) });
  };

  return (
    <Content>
      <PageHeading title={title()}>
        {standings && <LiveIndicator connection={connection} />}
        <span className={classes.end}>
          <NewAppButton />
        </span>
      </PageHeading>
      {error && !standings && (
        <LoadFailure
          error={error}
          what={t('workspaces.what')}
          onRetry={retry}
        />
      )}
      {error && standings && (
        <ActionError
          title={t('workspaces.notRefreshed')}
          error={error}
          onRetry={retry}
        />
      )}
      {!error && endpointList.error && (
        <ActionError
          title={t('workspaces.endpointsNotRefreshed')}
          error={endpointList.error}
          onRetry={endpointList.retry}
        />
      )}
      {standings && (narrowed || count > 0) && (
        <WorkspacesFilters
          filters={filters}
          counts={countStates(standings)}
          owners={choices(all, 'owner', filters.owner)}
          engines={choices(all, 'engine', filters.engine)}
          onChange={change}
        />
      )}
      {((!standings && !error) || waits) && <WorkspacesSkeleton />}
      {shown && shown.length > 0 && (
        <WorkspacesTable standings={shown} now={now} />
      )}
      {shown?.length === 0 && !loading && !error && (
        <Nothing narrowed={narrowed} onClear={clear} />
      )}
      {more && <p>{t('workspaces.more', { all: String(all?.length) })}</p>}
    </Content>
  );
}

/** What is known of, and what is chosen though nothing of it is known. */
function choices<K extends 'owner' | 'engine'>(
  workspaces: Record<K, string>[] = [],
  key: K,
  chosen?: string,
): string[] {
  const known = new Set(workspaces.map(workspace => workspace[key]));
  if (chosen && chosen !== 'mine') known.add(chosen);
  return [...known].sort();
}

function Nothing(props: { narrowed: boolean; onClear: () => void }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  if (props.narrowed)
    return (
      <Notice
        title={t('workspaces.noMatch')}
        action={
          <ActionButton onClick={props.onClear}>
            {t('workspaces.clear')}
          </ActionButton>
        }
      />
    );
  return (
    <Notice title={t('workspaces.empty')}>
      <p>{t('workspaces.emptyFix')}</p>
    </Notice>
  );
}

function WorkspacesSkeleton() {
  const { t } = useTranslationRef(workspacesTranslationRef);
  return (
    <div role="status" aria-label={t('workspaces.loading')}>
      {[0, 1, 2, 3, 4, 5].map(row => (
        <Skeleton
          key={row}
          variant="rect"
          height={58}
          style={{ marginBottom: 1 }}
        />
      ))}
    </div>
  );
}
