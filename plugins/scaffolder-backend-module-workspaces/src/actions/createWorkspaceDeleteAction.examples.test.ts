import { workspace } from '../__testUtils__/data';
import { exampleInputs } from '../__testUtils__/exampleInputs';
import { servicesOf, Task } from '../__testUtils__/task';
import { TestCore } from '../__testUtils__/TestCore';
import { createWorkspaceDeleteAction } from './createWorkspaceDeleteAction';
import { examples } from './createWorkspaceDeleteAction.examples';

describe('the examples of workspace:delete', () => {
  let core: TestCore;

  beforeEach(async () => {
    core = await TestCore.start();
    core.workspaces.set('ws-shop', workspace('ws-shop', ['web']));
  });

  afterEach(() => core.stop());

  it.each(exampleInputs(examples, 'workspace:delete'))(
    '%s',
    async (_, input) => {
      const task = new Task(createWorkspaceDeleteAction(servicesOf(core)));
      const done = task.run(input);
      if (input.wait !== false) {
        await core.untilStreamOpened();
        core.change('r1', { state: 'succeeded' });
      }
      await done;
      expect(core.requests('DELETE')).toHaveLength(1);
      expect(task.output.state).toBe(
        input.wait === false ? 'queued' : 'succeeded',
      );
    },
  );
});
