import { Names, jobName, runLabel, workHash } from './names';

const key = {
  workspace: 'ws-a',
  run: '0c6bd1a5-8d0e-4fe5-b6c0-7b1f0f7d4d0e',
  stage: 'migrate' as const,
  app: 'an-app-whose-name-is-as-long-as-it-may-be',
  attempt: 1,
};

describe('names', () => {
  it('gives the work of a key the same name each time, and another key another', () => {
    expect(jobName(key)).toBe(jobName({ ...key }));
    expect(jobName(key)).toMatch(/^job-[0-9a-f]{16}$/);
    expect(workHash({ ...key, attempt: 2 })).not.toBe(workHash(key));
  });

  it('takes a run as a label where it is one', () => {
    expect(runLabel(key.run)).toBe(key.run);
    expect(runLabel('a run / with spaces')).toMatch(/^[0-9a-f]{16}$/);
  });

  it('knows its own workspaces by their labels', () => {
    const names = new Names('mine');
    const labels = names.app('ws-a', 'front', 3);
    expect(names.workspaceOf({ metadata: { labels } })).toBe('ws-a');
    expect(new Names('other').workspaceOf({ metadata: { labels } })).toBe(
      undefined,
    );
    expect(names.workspaceOf({})).toBeUndefined();
  });
});
