import { useTranslationRef } from '@backstage/frontend-plugin-api';
import TableBody from '@material-ui/core/TableBody';
import type { Endpoint } from '@slipway/backstage-plugin-workspaces-common';
import { workspacesTranslationRef } from '../../translation';
import { ComparedTable } from '../ComparedTable';
import { useTableStyles } from '../tableStyles';
import { EndpointRow } from './EndpointRow';

/** Endpoints under each other. */
export function EndpointsTable(props: { endpoints: Endpoint[] }) {
  const classes = useTableStyles();
  const { t } = useTranslationRef(workspacesTranslationRef);
  const columns = [
    { title: t('endpoints.state'), width: 150 },
    { title: t('endpoints.address') },
    { title: t('health.lastHour'), width: '22%' },
    { title: t('endpoints.probe'), width: '26%' },
    { title: t('endpoints.latency'), width: 110, number: true },
  ];
  return (
    <ComparedTable caption={t('endpoints.caption')} columns={columns}>
      <TableBody className={classes.body} role="rowgroup">
        {props.endpoints.map(endpoint => (
          <EndpointRow key={endpoint.id} endpoint={endpoint} />
        ))}
      </TableBody>
    </ComparedTable>
  );
}
