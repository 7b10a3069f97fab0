import { EntityWorkspace } from '../EntityWorkspace';
import { WorkspacePage } from './WorkspacePage';

/** The tab Workspace: what runs, what is wrong, what to do. */
export function WorkspaceContent() {
  return (
    <EntityWorkspace>
      {({ workspace }) => (
        <WorkspacePage key={workspace.id} loaded={workspace} />
      )}
    </EntityWorkspace>
  );
}
