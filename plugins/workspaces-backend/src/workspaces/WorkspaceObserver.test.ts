import { mockServices } from '@backstage/backend-test-utils';
import type { WorkspaceObservation } from '@slipway/backstage-plugin-workspaces-node';
import { Changes } from '../store/changes';
import { Wakeup } from '../store/Wakeup';
import type { WorkspaceStore } from '../store/WorkspaceStore';
import { FakeBuilder, FakeEngine } from '../__testUtils__/FakeEngine';
import { Engines } from './Engines';
import { toApp, toWorkspace } from './present';
import { readWorkspaceSettings } from './settings';
import { WorkspaceObserver } from './WorkspaceObserver';

const at = '2026-11-21T10:00:00.000Z';
const observation: WorkspaceObservation = {
  workspace: 'ws-a',
  at,
  present: true,
  apps: [
    {
      name: 'web',
      replicas: [
        {
          id: 'c1',
          release: 3,
          state: 'running',
          restarts: 1,
          cpuCores: 0.2,
          memoryBytes: 1000,
        },
      ],
    },
  ],
  dependencies: [{ name: 'postgres', state: 'running', restarts: 0 }],
};

describe('the observer', () => {
  let engine: FakeEngine;
  let observer: WorkspaceObserver;
  let told: Wakeup;
  const changes = new Changes();

  beforeEach(() => {
    engine = new FakeEngine();
    const engines = new Engines();
    engines.addEngine({ engine, builder: new FakeBuilder() });
    observer = new WorkspaceObserver({
      engines,
      changes,
      logger: mockServices.logger.mock(),
      workspaces: {
        findLive: async (name: string) => ({ id: `id-${name}` }),
      } as unknown as WorkspaceStore,
      firstDelay: 10,
    });
    told = new Wakeup(changes, ['workspace:id-ws-a']);
    observer.start();
  });
  afterEach(async () => {
    told.close();
    await observer.stop();
  });

  // What concerns no workspace by name is told to nobody.
  const heard = () => told.wait(50, new AbortController().signal);
  const until = async (condition: () => boolean) => {
    while (!condition()) await heard();
  };

  it('knows nothing before the engine has spoken', () => {
    expect(observer.view('fake', 'ws-a')).toEqual({
      current: false,
      unreachable: undefined,
    });
    expect(observer.view('other', 'ws-a')).toEqual({ current: false });
  });

  it('keeps what the engine said last, and tells who waits for the workspace', async () => {
    const hears = new Promise<void>(resolve => {
      changes.on('workspace:id-ws-a', resolve);
    });
    engine.say({ type: 'workspace', workspace: observation });
    await hears;
    expect(observer.view('fake', 'ws-a')).toEqual({
      observation,
      observedAt: at,
      present: true,
      current: true,
    });
  });

  it('knows that nothing is left of what was not said when all were', async () => {
    engine.say({ type: 'workspace', workspace: observation });
    engine.say({ type: 'complete', at });
    await until(() => observer.view('fake', 'ws-b').present === false);
    expect(observer.view('fake', 'ws-b')).toEqual({
      observedAt: at,
      present: false,
      current: true,
    });
    expect(observer.view('fake', 'ws-a').present).toBe(true);
  });

  it('tells until when what was said is known to hold', async () => {
    const later = '2026-11-21T10:00:15.000Z';
    engine.say({ type: 'workspace', workspace: observation });
    engine.say({ type: 'complete', at: later });
    await until(() => observer.view('fake', 'ws-b').present === false);
    expect(observer.view('fake', 'ws-a').observedAt).toBe(later);
  });

  it('knows nothing of a workspace from what was seen before it was there', async () => {
    engine.say({ type: 'workspace', workspace: observation });
    engine.say({ type: 'complete', at });
    await until(() => observer.view('fake', 'ws-b').present === false);
    const createdAfter = (seconds: number) => ({
      engine: 'fake',
      name: 'ws-a',
      created_at: Date.parse(at) + seconds * 1000,
    });
    expect(observer.viewOf(createdAfter(1))).toEqual({ current: false });
    expect(observer.viewOf({ ...createdAfter(1), name: 'ws-b' })).toEqual({
      current: false,
    });
    expect(observer.viewOf(createdAfter(-1))).toEqual({
      observation,
      observedAt: at,
      present: true,
      current: true,
    });
  });

  it('says unknown, with the last thing it knew, while the engine cannot be reached', async () => {
    engine.say({ type: 'workspace', workspace: observation });
    engine.say({
      type: 'unreachable',
      since: at,
      reason: 'the socket is gone',
    });
    await until(() => observer.view('fake', 'ws-a').unreachable !== undefined);
    const view = observer.view('fake', 'ws-a');
    expect(view).toEqual({
      observation,
      observedAt: at,
      current: false,
      unreachable: 'the socket is gone',
    });
    const row = {
      workspace_id: 'id',
      name: 'web',
      entity_ref: 'component:default/web',
      spec: '{}',
      serving_release: 3,
      last_release: 3,
      created_at: 0,
    };
    expect(toApp(row, view).replicas).toEqual([
      { id: 'c1', release: 3, state: 'unknown', restarts: 1 },
    ]);

    engine.say({ type: 'complete', at });
    await until(() => observer.view('fake', 'ws-a').present === false);
    expect(toApp(row, observer.view('fake', 'ws-a')).replicas).toEqual([]);
  });

  it('opens a stream that broke again', async () => {
    engine.say({ type: 'workspace', workspace: observation });
    await until(() => observer.view('fake', 'ws-a').current);
    engine.break(new Error('connection reset'));
    await until(
      () => observer.view('fake', 'ws-a').unreachable === 'connection reset',
    );
    engine.break(undefined);
    await until(() => observer.view('fake', 'ws-a').current);
    expect(observer.view('fake', 'ws-a').present).toBe(true);
  });

  it('shows a dependency as stopped where the engine does not see it, and as unknown where it does not see', () => {
    const workspace = {
      id: 'id',
      name: 'ws-a',
      live_name: 'ws-a',
      owner: 'user:default/ada',
      engine: 'fake',
      size: 'small' as const,
      last_run_number: 0,
      created_by: 'user:default/ada',
      created_at: 0,
      deleted_at: null,
      receipt: null,
    };
    const dependency = {
      workspace_id: 'id',
      name: 'postgres',
      type: 'postgres' as const,
      spec: '{"type":"postgres","version":"14"}',
      password_secret: 's',
      created_at: 0,
    };
    const settings = readWorkspaceSettings(
      mockServices.rootConfig({ data: {} }),
    );
    const rows = { workspace, apps: [], dependencies: [dependency] };
    const shown = (view: Parameters<typeof toWorkspace>[1]) =>
      toWorkspace(rows, view, settings).dependencies[0];
    expect(shown({ current: false })).toMatchObject({
      state: 'unknown',
      version: '14',
    });
    expect(
      shown({ current: true, present: false, observedAt: at }),
    ).toMatchObject({ state: 'stopped' });
    expect(shown({ current: true, present: true, observation })).toMatchObject({
      state: 'running',
      restarts: 0,
    });
  });
});
