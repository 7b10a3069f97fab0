import { EntityWorkspace } from '../EntityWorkspace';
import { EndpointsPage } from './EndpointsPage';

/** The tab Endpoints: where the app is reached. */
export function EndpointsContent() {
  return (
    <EntityWorkspace>
      {scope => (
        <EndpointsPage
          key={`${scope.workspace.id}/${scope.app ?? ''}`}
          scope={scope}
        />
      )}
    </EntityWorkspace>
  );
}
