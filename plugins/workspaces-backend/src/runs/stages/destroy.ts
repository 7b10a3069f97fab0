import type {
  Receipt,
  ReceiptItem,
} from '@slipway/backstage-plugin-workspaces-common';
import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import type { SecretRow } from '../../store/rows';
import type { StageWork } from '../stage';

/** Removes the workspace with everything in it, and keeps the receipt. */
export const destroy: StageWork = {
  async run(context) {
    const { run, services } = context;
    const { workspace } = await context.rows();
    for (const endpoint of await services.endpoints.ofWorkspace(workspace.id)) {
      await services.endpoints.switchTo(workspace.id, endpoint.app, null);
    }
    const receipt = await context.engine.destroy(
      { id: workspace.id, name: workspace.name },
      context.engineContext,
    );
    for (const item of receipt.items) {
      context.log(`${item.kind} ${item.name}: ${item.outcome}`);
    }
    refuseLeftovers(receipt);
    return {
      outputs: { removed: receipt.items.length },
      alongside: async trx => {
        // While the apps that name them are still there.
        const secrets = await services.secrets.deleteOfWorkspace(
          workspace,
          trx,
        );
        const whole = {
          ...receipt,
          items: [...receipt.items, ...secrets.map(toReceiptItem)],
        };
        await services.workspaces.bury(run.workspace_id, whole, trx);
        // The runs stay, what their apps were configured with does not.
        await trx('runs')
          .where({ workspace_id: run.workspace_id })
          .update({ input: '{}' });
      },
      afterwards: async () => {
        services.changes.emit('workspaces');
        await services.sources.removeUnused();
      },
    };
  },
};

function toReceiptItem({ id, description }: SecretRow): ReceiptItem {
  return { kind: 'secret', name: description ?? id, outcome: 'removed' };
}

/** As long as something is left the workspace is there, so that the deletion can be retried. */
function refuseLeftovers(receipt: Receipt): void {
  const left = receipt.items.filter(item => item.outcome === 'left');
  if (left.length === 0) return;
  const names = left.map(item => `${item.kind} ${item.name}`).join(', ');
  throw new EngineError(`Not removed: ${names}`, {
    evidence: left.map(item => ({
      kind: 'state' as const,
      source: `${item.kind} ${item.name}`,
      at: receipt.at,
      text: item.reason ?? 'it is still there',
    })),
  });
}
