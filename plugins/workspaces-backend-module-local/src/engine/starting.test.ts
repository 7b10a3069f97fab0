import type Docker from 'dockerode';
import { Containers, type ContainerSpecification } from './containers';
import type { Identities } from './identity';

/** One container in a state, and what is done to it. */
function containersWith(state: object) {
  const done: string[] = [];
  const container = {
    inspect: async () => ({ State: state, Config: { Labels: {} } }),
    start: async () => done.push('start'),
    restart: async () => done.push('restart'),
  };
  const docker = { getContainer: () => container } as unknown as Docker;
  const identities = { container: () => 'web' } as unknown as Identities;
  return { containers: new Containers(docker, identities), done };
}

const specification = {
  identity: {},
  options: {},
  files: [],
} as unknown as ContainerSpecification;
const looping = { Status: 'restarting', Running: true, Restarting: true };
const running = { Status: 'running', Running: true, Restarting: false };

describe('starting a container', () => {
  it('restarts one that the engine restarts again and again, so that a new attempt counts from zero', async () => {
    const { containers, done } = containersWith(looping);
    expect(await containers.start(specification)).toBe('started');
    expect(done).toEqual(['restart']);
  });

  it('leaves it alone where its work is adopted, so that what was seen of it stays', async () => {
    const { containers, done } = containersWith(looping);
    expect(await containers.start(specification, { adopted: true })).toBe(
      'runs',
    );
    expect(done).toEqual([]);
  });

  it('starts one that has not run yet, adopted or not, and leaves one that runs', async () => {
    for (const adopted of [true, false]) {
      const created = containersWith({ Status: 'created', Running: false });
      await created.containers.start(specification, { adopted });
      expect(created.done).toEqual(['start']);
      const up = containersWith(running);
      expect(await up.containers.start(specification, { adopted })).toBe(
        'runs',
      );
      expect(up.done).toEqual([]);
    }
  });
});
