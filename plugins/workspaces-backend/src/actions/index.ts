import type { AgentActionOptions } from './AgentAction';
import { createCancelRunAction } from './createCancelRunAction';
import { createDeployAppAction } from './createDeployAppAction';
import { createExplainRunAction } from './createExplainRunAction';
import { createListWorkspacesAction } from './createListWorkspacesAction';
import { createPlanWorkspaceAction } from './createPlanWorkspaceAction';
import { createRetryRunAction } from './createRetryRunAction';

/** What agents can do, each by the functions of the route that does the same. */
export function createAgentActions(options: AgentActionOptions): void {
  createListWorkspacesAction(options);
  createExplainRunAction(options);
  createPlanWorkspaceAction(options);
  createDeployAppAction(options);
  createRetryRunAction(options);
  createCancelRunAction(options);
}
