import { Route, Routes } from 'react-router-dom';
import { EntityWorkspace } from '../EntityWorkspace';
import { RunPage } from '../RunPage';
import { RunsPage } from '../RunsPage';

/** The tab Builds: the runs, and one run opened inside it. */
export function BuildsContent() {
  return (
    <EntityWorkspace>
      {scope => {
        const key = `${scope.workspace.id}/${scope.app ?? ''}`;
        return (
          <Routes>
            <Route path="/" element={<RunsPage key={key} scope={scope} />} />
            <Route path="/:run" element={<RunPage key={key} scope={scope} />} />
          </Routes>
        );
      }}
    </EntityWorkspace>
  );
}
