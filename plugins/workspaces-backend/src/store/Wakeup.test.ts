import { Changes } from './changes';
import { Wakeup } from './Wakeup';

const LONG = 60_000;

describe('Wakeup', () => {
  const changes = new Changes();
  let wakeup: Wakeup;

  beforeEach(() => {
    wakeup = new Wakeup(changes, ['a', 'b']);
  });

  afterEach(() => wakeup.close());

  it('ends a wait at a change of one of its topics, and the next one at once where the change came between', async () => {
    const { signal } = new AbortController();
    const waiting = wakeup.wait(LONG, signal);
    changes.emit('b');
    expect(await waiting).toBe(true);
    changes.emit('a');
    changes.emit('other');
    await wakeup.wait(LONG, signal);
    let ended = false;
    const third = wakeup.wait(LONG, signal).then(() => {
      ended = true;
    });
    changes.emit('other');
    await Promise.resolve();
    expect(ended).toBe(false);
    wakeup.wake();
    await third;
    expect(ended).toBe(true);
  });

  it('ends after its time, at an abort, and at once where that was before', async () => {
    const stop = new AbortController();
    expect(await wakeup.wait(1, stop.signal)).toBe(false);
    const waiting = wakeup.wait(LONG, stop.signal);
    stop.abort();
    await waiting;
    await expect(wakeup.wait(LONG, stop.signal)).resolves.toBe(false);
  });

  it('leaves no listener on a signal that lives on', async () => {
    const { signal } = new AbortController();
    const added = jest.spyOn(signal, 'addEventListener');
    const removed = jest.spyOn(signal, 'removeEventListener');
    await wakeup.wait(1, signal);
    expect(removed.mock.calls).toEqual(added.mock.calls);
  });
});
