import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import type { ActionsRegistryService } from '@backstage/backend-plugin-api/alpha';
import type { Asking } from '../api/Asking';
import type { ApiServices } from '../api/services';

/** What an action is made of. */
export interface AgentActionOptions {
  actionsRegistry: ActionsRegistryService;
  services: ApiServices;
}

/** An agent asks by the credentials of its user, and can do what that user can do. */
export function askingByAgent(
  { authorizer }: ApiServices,
  credentials: BackstageCredentials,
  action: string,
  idempotencyKey?: string,
): Asking {
  return {
    user: async () => authorizer.userOf(credentials),
    // No request stands behind it, so the audit log is told who asks.
    meta: { action, by: authorizer.readerOf(credentials).ref },
    idempotencyKey,
  };
}
