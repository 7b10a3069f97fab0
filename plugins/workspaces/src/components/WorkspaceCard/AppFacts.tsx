import { Link } from '@backstage/core-components';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { useEntity } from '@backstage/plugin-catalog-react';
import { stringifyEntityRef } from '@backstage/catalog-model';
import { makeStyles } from '@material-ui/core/styles';
import Skeleton from '@material-ui/lab/Skeleton';
import type { Endpoint } from '@slipway/backstage-plugin-workspaces-common';
import { useAppAddress } from '../../hooks/useAppAddress';
import type { WorkspaceScope } from '../../hooks/useEntityWorkspace';
import { useWorkspace } from '../../hooks/useWorkspace';
import { workspacesTranslationRef } from '../../translation';
import { Address } from '../Address';
import { ActionError } from '../feedback';
import { appStanding, workspaceStanding } from '../observed';
import { LastRun } from '../runs';
import { StateLabel } from '../StateLabel';
import { Seen, useNow } from '../time';
import { tones } from '../tones';

const useStyles = makeStyles(theme => {
  const { secondInk, thirdInk } = tones(theme);
  return {
    facts: {
      display: 'grid',
      gridTemplateColumns: '84px minmax(0, 1fr)',
      gap: theme.spacing(1, 1.5),
      margin: 0,
      fontSize: '0.8125rem',
      lineHeight: '1.25rem',
      overflowWrap: 'anywhere',
      '& dt': { color: thirdInk },
      '& dd': { margin: 0, minWidth: 0 },
    },
    line: {
      display: 'flex',
      flexWrap: 'wrap',
      alignItems: 'center',
      gap: theme.spacing(0, 1),
    },
    second: { color: secondInk, fontSize: '0.75rem' },
    open: { marginTop: theme.spacing(1.5), fontSize: '0.8125rem' },
  };
});

/** State, address, release and last run, kept up to date by the live stream. */
export function AppFacts(props: { scope: WorkspaceScope }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { entity } = useEntity();
  const addressOf = useAppAddress();
  const now = useNow(10_000);
  const { workspace, lastRun, endpoints, error, retry, deleted } = useWorkspace(
    props.scope.workspace,
  );
  const app = workspace.apps.find(({ name }) => name === props.scope.app);
  if (deleted) return <div>{t('deleted.title', { name: workspace.name })}</div>;
  return (
    <>
      <dl className={classes.facts}>
        <dt>{t('card.state')}</dt>
        <dd className={classes.line}>
          <StateLabel
            state={
              app
                ? appStanding(app, workspace, now)
                : workspaceStanding(workspace, now)
            }
          />
          <span className={classes.second}>
            <Seen at={workspace.observedAt} />
          </span>
        </dd>
        <dt>{t('card.address')}</dt>
        <dd>
          <Addresses
            failed={error !== undefined}
            endpoints={endpoints?.filter(
              endpoint => !app || endpoint.app === app.name,
            )}
          />
        </dd>
        {app && (
          <>
            <dt>{t('card.release')}</dt>
            <dd>{app.release ?? t('endpoints.noRelease')}</dd>
          </>
        )}
        <dt>{t('card.lastRun')}</dt>
        <dd>
          <LastRun run={lastRun} apps={workspace.apps} />
        </dd>
      </dl>
      {error && (
        <ActionError
          title={t('card.notRefreshed')}
          error={error}
          onRetry={retry}
        />
      )}
      <div className={classes.open}>
        <Link to={addressOf(stringifyEntityRef(entity), 'workspace')}>
          {t('card.open')}
        </Link>
      </div>
    </>
  );
}

function Addresses(props: { endpoints?: Endpoint[]; failed: boolean }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  if (!props.endpoints)
    return props.failed ? (
      <StateLabel state="unknown" />
    ) : (
      <Skeleton width={160} />
    );
  const reached = props.endpoints.filter(({ url }) => url);
  if (reached.length === 0)
    return <span className={classes.second}>{t('endpoints.noAddress')}</span>;
  return (
    <>
      {reached.map(({ id, state, url = '' }) => (
        <div key={id} className={classes.line}>
          <StateLabel state={state} iconOnly />
          <Address url={url} />
        </div>
      ))}
    </>
  );
}
