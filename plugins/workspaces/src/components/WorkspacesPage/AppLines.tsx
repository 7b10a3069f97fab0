import { Link } from '@backstage/core-components';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import { makeStyles } from '@material-ui/core/styles';
import type {
  App,
  Endpoint,
} from '@slipway/backstage-plugin-workspaces-common';
import { useAppAddress } from '../../hooks/useAppAddress';
import { workspacesTranslationRef } from '../../translation';
import { Address } from '../Address';
import { appStanding } from '../observed';
import { StateLabel } from '../StateLabel';
import { tones } from '../tones';
import type { Standing } from './standings';

const useStyles = makeStyles(theme => ({
  list: { listStyle: 'none', margin: 0, padding: 0 },
  line: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(0, 1),
    minHeight: 24,
    overflowWrap: 'anywhere',
  },
  part: { display: 'inline-flex', alignItems: 'center', gap: 4, minWidth: 0 },
  second: { color: tones(theme).secondInk, fontSize: '0.75rem' },
}));

/** The apps of a workspace: how each stands, which release serves, and where it answers. */
export function AppLines(props: { standing: Standing; now: number }) {
  const classes = useStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { workspace, endpoints } = props.standing;
  if (workspace.apps.length === 0)
    return <span className={classes.second}>{t('workspaces.noApps')}</span>;
  return (
    <ul className={classes.list}>
      {workspace.apps.map(app => (
        <li key={app.name} className={classes.line}>
          <span className={classes.part}>
            <StateLabel
              iconOnly
              state={appStanding(app, workspace, props.now)}
            />
            <AppName app={app} />
          </span>
          <span className={classes.second}>
            {app.release === undefined
              ? t('workspaces.noRelease')
              : t('workspaces.release', { release: String(app.release) })}
          </span>
          {endpoints
            .filter(endpoint => endpoint.app === app.name)
            .map(endpoint => (
              <EndpointOfApp key={endpoint.id} endpoint={endpoint} />
            ))}
        </li>
      ))}
    </ul>
  );
}

function AppName(props: { app: App }) {
  const addressOf = useAppAddress();
  const { name, entityRef } = props.app;
  return <Link to={addressOf(entityRef, 'endpoints')}>{name}</Link>;
}

function EndpointOfApp(props: { endpoint: Endpoint }) {
  const classes = useStyles();
  const { url, state } = props.endpoint;
  if (!url) return null;
  return (
    <span className={classes.part}>
      <StateLabel iconOnly state={state} />
      <Address url={url} />
    </span>
  );
}
