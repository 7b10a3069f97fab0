import { useApi } from '@backstage/core-plugin-api';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import TextField from '@material-ui/core/TextField';
import type { Endpoint } from '@slipway/backstage-plugin-workspaces-common';
import { useState } from 'react';
import { workspacesApiRef } from '../../api';
import { messageOf } from '../../api/errors';
import { useWorkspacePermissions } from '../../hooks/useWorkspacePermissions';
import { workspacesTranslationRef } from '../../translation';
import { ActionDialog } from '../actions/ActionDialog';
import { DialogButton } from '../actions/DialogButton';

const LAST_PORT = 65_535;

/** Gives an endpoint another stable port, for those who may operate its workspace. */
export function MovePortButton(props: { endpoint: Endpoint }) {
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { endpoint } = props;
  const may = useWorkspacePermissions(endpoint.workspace);
  const { stablePort } = endpoint;
  if (stablePort === undefined || !may.operate) return null;
  return (
    <DialogButton
      variant="text"
      color="primary"
      dialog={close => (
        <MovePortDialog
          endpoint={endpoint}
          stablePort={stablePort}
          onClose={close}
        />
      )}
    >
      {t('movePort.open')}
    </DialogButton>
  );
}

function MovePortDialog(props: {
  endpoint: Endpoint;
  stablePort: number;
  onClose: () => void;
}) {
  const api = useApi(workspacesApiRef);
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { endpoint, stablePort, onClose } = props;
  const [typed, setTyped] = useState(String(stablePort));
  const [allowed, setAllowed] = useState<AllowedPorts>();
  const wanted = portOf(typed);
  const outside = wanted !== undefined && !isAllowed(wanted, allowed);
  const effect = () => {
    if (wanted === undefined) return t('movePort.invalid');
    if (outside)
      return t('movePort.outside', {
        first: String(allowed?.first),
        last: String(allowed?.last),
      });
    if (wanted === stablePort) return t('movePort.same');
    return t('movePort.effect', {
      app: endpoint.app,
      port: String(wanted),
      old: String(stablePort),
    });
  };
  return (
    <ActionDialog
      title={t('movePort.title', { address: endpoint.url ?? endpoint.app })}
      confirm={t('movePort.confirm')}
      blocked={wanted === undefined || outside || wanted === stablePort}
      subject={typed}
      onClose={onClose}
      onFailure={error => setAllowed(before => allowedOf(error) ?? before)}
      work={async () => {
        // The live stream tells the page of the new address.
        await api.moveEndpoint(endpoint.id, wanted ?? stablePort);
        return undefined;
      }}
    >
      <TextField
        // The first field of a dialog is where its user begins.
        autoFocus
        id="slipway-move-port"
        type="number"
        label={t('movePort.port')}
        value={typed}
        error={wanted === undefined || outside}
        InputLabelProps={{ shrink: true }}
        style={{ minWidth: 240 }}
        inputProps={{ min: 1, max: LAST_PORT, step: 1 }}
        onFocus={event => event.target.select()}
        onChange={event => setTyped(event.target.value)}
      />
      <p role="status" style={{ marginTop: 12 }}>
        {effect()}
      </p>
    </ActionDialog>
  );
}

/** Ports that the Gateway may use, as far as a refusal has named them. */
interface AllowedPorts {
  first: number;
  last: number;
}

function allowedOf(error: Error): AllowedPorts | undefined {
  const [, first, last] =
    /one of the ports (\d+) to (\d+)/.exec(messageOf(error)) ?? [];
  return first ? { first: Number(first), last: Number(last) } : undefined;
}

function isAllowed(port: number, allowed: AllowedPorts | undefined): boolean {
  return !allowed || (port >= allowed.first && port <= allowed.last);
}

function portOf(typed: string): number | undefined {
  const wanted = /^\d{1,5}$/.test(typed.trim()) ? Number(typed) : 0;
  return wanted >= 1 && wanted <= LAST_PORT ? wanted : undefined;
}
