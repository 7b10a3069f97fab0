import { useApi } from '@backstage/core-plugin-api';
import { useTranslationRef } from '@backstage/frontend-plugin-api';
import TextField from '@material-ui/core/TextField';
import type {
  App,
  Workspace,
} from '@slipway/backstage-plugin-workspaces-common';
import { useState } from 'react';
import { workspacesApiRef } from '../../api';
import { workspacesTranslationRef } from '../../translation';
import { desiredReplicas } from '../observed';
import { ActionDialog } from './ActionDialog';

const MOST_REPLICAS = 20;

/** Changes how many replicas of an app run. */
export function ScaleDialog(props: {
  workspace: Workspace;
  app: App;
  onClose: () => void;
}) {
  const api = useApi(workspacesApiRef);
  const { t } = useTranslationRef(workspacesTranslationRef);
  const { workspace, app, onClose } = props;
  const current = desiredReplicas(app);
  const [typed, setTyped] = useState(String(current));
  const wanted = replicasOf(typed);
  const effect = () => {
    if (wanted === undefined)
      return t('scale.invalid', { most: String(MOST_REPLICAS) });
    if (wanted === current) return t('scale.same');
    if (wanted === 0) return t('scale.none');
    return wanted > current
      ? t('scale.more', { count: wanted - current })
      : t('scale.fewer', { count: current - wanted });
  };
  return (
    <ActionDialog
      title={t('scale.title', { app: app.name })}
      confirm={t('scale.confirm', { app: app.name })}
      blocked={wanted === undefined || wanted === current}
      subject={typed}
      onClose={onClose}
      work={() => api.scaleApp(workspace.id, app.name, wanted ?? current)}
    >
      <p>{t('scale.now', { count: current })}</p>
      <TextField
        // The first field of a dialog is where its user begins.
        autoFocus
        id="slipway-scale-replicas"
        type="number"
        label={t('scale.replicas')}
        value={typed}
        error={wanted === undefined}
        InputLabelProps={{ shrink: true }}
        style={{ minWidth: 240 }}
        inputProps={{ min: 0, max: MOST_REPLICAS, step: 1 }}
        onFocus={event => event.target.select()}
        onChange={event => setTyped(event.target.value)}
      />
      <p role="status" style={{ marginTop: 12 }}>
        {effect()}
      </p>
      <p>{t('scale.kept')}</p>
    </ActionDialog>
  );
}

function replicasOf(typed: string): number | undefined {
  const wanted = /^\d{1,2}$/.test(typed.trim()) ? Number(typed) : undefined;
  return wanted !== undefined && wanted <= MOST_REPLICAS ? wanted : undefined;
}
