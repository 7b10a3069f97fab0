import { Bell, abortable, forEach, pause } from './waiting';

const { signal: never } = new AbortController();

describe('abortable', () => {
  it('throws the reason of the abort, whatever becomes of the work', async () => {
    const abort = new AbortController();
    const work = new Promise<void>(() => {});
    const waiting = abortable(abort.signal, work);
    abort.abort(new Error('shutdown'));
    await expect(waiting).rejects.toThrow('shutdown');
  });

  it('gives the result or the failure of the work', async () => {
    await expect(abortable(never, Promise.resolve(7))).resolves.toBe(7);
    const failing = Promise.reject(new Error('no'));
    await expect(abortable(never, failing)).rejects.toThrow('no');
  });
});

describe('pause', () => {
  it('ends with the reason of the abort', async () => {
    const signal = AbortSignal.abort(new Error('shutdown'));
    await expect(pause(60_000, signal)).rejects.toThrow('shutdown');
  });
});

describe('Bell', () => {
  it('ends the wait that is on, and the next one if none is', async () => {
    const bell = new Bell();
    const waiting = bell.wait(60_000, never);
    bell.ring();
    await waiting;
    bell.ring();
    await bell.wait(60_000, never);
    const begun = Date.now();
    await bell.wait(20, never); // what rang before is over
    expect(Date.now() - begun).toBeGreaterThanOrEqual(15);
  });
});

describe('forEach', () => {
  it('runs some at a time', async () => {
    let running = 0;
    let most = 0;
    await forEach([1, 2, 3, 4, 5], 2, never, async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(resolve => setImmediate(resolve));
      running -= 1;
    });
    expect(most).toBe(2);
  });

  it('throws the first failure, and aborts the others with it', async () => {
    const reasons: string[] = [];
    const all = forEach(
      ['fails', 'waits', 'never'],
      2,
      never,
      async (item, signal) => {
        if (item === 'fails') throw new Error('the first');
        await pause(60_000, signal).catch(error => reasons.push(error.message));
      },
    );
    await expect(all).rejects.toThrow('the first');
    expect(reasons).toEqual(['the first']);
  });
});
