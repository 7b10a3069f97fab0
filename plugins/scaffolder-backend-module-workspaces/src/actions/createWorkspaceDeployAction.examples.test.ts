import { workspace } from '../__testUtils__/data';
import { exampleInputs } from '../__testUtils__/exampleInputs';
import { servicesOf, Task } from '../__testUtils__/task';
import { TestCore } from '../__testUtils__/TestCore';
import { createWorkspaceDeployAction } from './createWorkspaceDeployAction';
import { examples } from './createWorkspaceDeployAction.examples';

describe('the examples of workspace:deploy', () => {
  let core: TestCore;

  beforeEach(async () => {
    core = await TestCore.start();
    core.workspaces.set('ws-shop', workspace('ws-shop', ['web']));
  });

  afterEach(() => core.stop());

  it.each(exampleInputs(examples, 'workspace:deploy'))(
    '%s',
    async (_, input) => {
      const task = new Task(createWorkspaceDeployAction(servicesOf(core)));
      const done = task.run(input);
      if (input.wait !== false) {
        await core.untilStreamOpened();
        core.change('r1', { state: 'succeeded' });
      }
      await done;
      const { workspace: _workspace, wait, ...asked } = input;
      expect(core.requests('POST /workspaces/ws-shop/runs')).toMatchObject([
        { body: asked },
      ]);
      expect(task.output.state).toBe(wait === false ? 'queued' : 'succeeded');
    },
  );
});
