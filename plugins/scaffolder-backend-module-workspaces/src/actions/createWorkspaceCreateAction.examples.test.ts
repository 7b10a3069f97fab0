import { exampleInputs } from '../__testUtils__/exampleInputs';
import { servicesOf, Task } from '../__testUtils__/task';
import { TestCore } from '../__testUtils__/TestCore';
import { createWorkspaceCreateAction } from './createWorkspaceCreateAction';
import { examples } from './createWorkspaceCreateAction.examples';

/** What the scaffolder puts in place of `${{ parameters }}`. */
const parameters = {
  name: 'filled-in',
  app: { source: { type: 'upload', upload: 'u' } },
};

describe('the examples of workspace:create', () => {
  let core: TestCore;

  beforeEach(async () => {
    core = await TestCore.start();
  });

  afterEach(() => core.stop());

  it.each(exampleInputs(examples, 'workspace:create'))(
    '%s',
    async (_, input) => {
      const task = new Task(createWorkspaceCreateAction(servicesOf(core)));
      await task.run(
        input.form === '${{ parameters }}' ? { form: parameters } : input,
      );
      const [{ body }] = core.requests('POST /workspaces');
      expect(task.output.name).toMatch(/^ws-(filled-in|shop|empty)$/);
      expect(body).toMatchObject(input.form ? { name: 'ws-filled-in' } : input);
    },
  );
});
