import type { EngineContext } from '../context';
import type { EngineJob, JobEvent, WorkspaceEngine } from '../engine';
import type { EngineError } from '../failure';
import type { ContractSuite } from './suite';

const MEBIBYTE = 1024 * 1024;
const resources = { cpuCores: 1, memoryBytes: 64 * MEBIBYTE, pids: 64 };

/** How a job ended. */
export interface JobResult {
  exitCode: number;
  outOfMemory: boolean;
  /** Its lines. */
  output: string;
}

/** Runs a job to its end. */
export async function runJob(
  suite: ContractSuite,
  job: Partial<EngineJob> & Pick<EngineJob, 'workspace' | 'image' | 'command'>,
  context: EngineContext = suite.context({
    workspace: job.workspace,
    stage: 'migrate',
    app: 'sample',
  }),
  engine: WorkspaceEngine = suite.engine,
): Promise<JobResult> {
  const complete = {
    app: 'sample',
    environment: [],
    files: [],
    resources,
    ...job,
  };
  const lines: string[] = [];
  let last: JobEvent | undefined;
  for await (const event of engine.runJob(complete, context)) {
    if (event.type === 'log') lines.push(event.text);
    last = event;
  }
  if (last?.type !== 'exit') {
    throw new Error(`The last event of the job was ${JSON.stringify(last)}`);
  }
  const { exitCode, outOfMemory } = last;
  return { exitCode, outOfMemory, output: lines.join('\n') };
}

/** Jobs: to their end, with their log, once. */
export function jobContract(suite: ContractSuite): void {
  describe('jobs', () => {
    const name = 'ws-jobs';
    const script = async (text: string): Promise<EngineJob> => ({
      workspace: name,
      app: 'sample',
      image: await suite.image(name),
      command: ['node', '--eval', text],
      environment: [{ name: 'GREETING', value: ' two  spaces ' }],
      files: [],
      resources,
    });
    const newContext = () =>
      suite.context({ workspace: name, stage: 'migrate', app: 'sample' });
    const slow = `
      console.log('begins ' + Math.random());
      setTimeout(() => console.log('ends'), 2000);`;

    beforeAll(async () => {
      await suite.image(name);
      await suite.apply(suite.workspace(name), { kind: 'place' });
    });
    afterAll(() => suite.destroy(name));

    it('gives the lines of both outputs and the exit code', async () => {
      const job = await script(`
        console.log('[' + process.env.GREETING + ']');
        console.error('on the other output');
        process.exit(4)`);
      const events: JobEvent[] = [];
      const context = newContext();
      for await (const event of suite.engine.runJob(job, context)) {
        events.push(event);
      }
      expect(events[0]).toEqual({ type: 'started' });
      expect(events.at(-1)).toEqual({
        type: 'exit',
        exitCode: 4,
        outOfMemory: false,
      });
      const texts = events.flatMap(event =>
        event.type === 'log' ? [event.text] : [],
      );
      expect(texts.sort()).toEqual(['[ two  spaces ]', 'on the other output']);
    });

    it('has the files of its app beside its variables', async () => {
      suite.secrets.set('job-key', 'in a file');
      const path = '/app/keys/job.key';
      const job = await script(`
        const { readFileSync } = require('node:fs');
        console.log(readFileSync(${JSON.stringify(path)}, 'utf8'));
        console.log('[' + process.env.GREETING + ']');`);
      const files = [{ path, secret: { id: 'job-key' } }];
      const { output } = await runJob(suite, { ...job, files });
      expect(output.split('\n')).toEqual(['in a file', '[ two  spaces ]']);
    });

    it('adopts a job that runs, its log from the start, and does not run an ended one again', async () => {
      const job = await script(slow);
      const context = newContext();
      const abort = new AbortController();
      const watching = async () => {
        const signal = abort.signal;
        for await (const event of suite.engine.runJob(job, {
          ...context,
          signal,
        })) {
          if (event.type === 'log') abort.abort(new Error('lost the lease'));
        }
      };
      await expect(watching()).rejects.toThrow('lost the lease');

      const another = suite.harness.createEngine();
      const adopted = await runJob(suite, job, context, another);
      expect(adopted).toMatchObject({
        exitCode: 0,
        output: expect.stringMatching(/^begins 0\.\d+\nends$/),
      });
      const repeated = await runJob(suite, job, context);
      expect(repeated).toEqual(adopted);
      const next = { ...context, key: { ...context.key, attempt: 2 } };
      const quick = await script(`console.log('begins anew')`);
      expect((await runJob(suite, quick, next)).output).toBe('begins anew');
    });

    it('stops a job that is cancelled, from another portal, and leaves nothing of it', async () => {
      const before = await suite.harness.inventory(name);
      const job = await script(`
        console.log('runs');
        setInterval(() => {}, 1000)`);
      const context = newContext();
      const another = suite.harness.createEngine();
      const ends = async () => {
        for await (const event of suite.engine.runJob(job, context)) {
          if (event.type === 'log') await another.cancel(context.key);
          if (event.type === 'exit') return `code ${event.exitCode}`;
        }
        return 'nothing';
      };
      const ended = await ends().catch((error: Error) => error.name);
      expect(ended).toMatch(/^(code [1-9]\d*|EngineError)$/);
      expect(await suite.harness.inventory(name)).toEqual(before);
      await another.cancel(context.key); // nothing to stop is no error
    });

    it('tells a job that ran out of memory from one that failed', async () => {
      const job = await script(`
        const kept = [];
        setInterval(() => kept.push(Buffer.alloc(8 * 1024 * 1024, 1)), 1)`);
      expect(await runJob(suite, job)).toMatchObject({ outOfMemory: true });
    });

    it('says that a command is not there', async () => {
      const job = { ...(await script('')), command: ['no-such-command'] };
      const said = await runJob(suite, job).then(
        ({ exitCode, output }) => ({ code: exitCode, text: output }),
        (error: EngineError) => ({ code: 127, text: error.evidence[0].text }),
      );
      expect(said).toEqual({
        code: 127, // as shells and container engines have it
        text: expect.stringContaining('no-such-command'),
      });
    });

    it('keeps the jobs of a run until a later run makes the workspace so', async () => {
      const context = newContext();
      const job = await script(`console.log(Math.random())`);
      const { output } = await runJob(suite, job, context);
      const desired = suite.workspace(name);
      const { run } = context.key;
      await suite.apply(desired, { kind: 'all' }, suite.context({ run }));
      expect(await runJob(suite, job, context)).toMatchObject({ output });
      await suite.apply(desired, { kind: 'all' });
      expect(await runJob(suite, job, context)).not.toMatchObject({ output });
    });
  });
}
