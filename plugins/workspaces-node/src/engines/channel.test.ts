import { Channel } from './channel';

describe('Channel', () => {
  it('gives all items in order before it ends with the error', async () => {
    const channel = new Channel<number>();
    for (const item of [1, 2, 3]) await channel.push(item);
    channel.end(new Error('broken'));
    const read: number[] = [];
    const reading = (async () => {
      for await (const item of channel) read.push(item);
    })();
    await expect(reading).rejects.toThrow('broken');
    expect(read).toEqual([1, 2, 3]);
  });

  it('makes a producer wait for a slow reader', async () => {
    const channel = new Channel<number>({ limit: 2 });
    await channel.push(1);
    let pushed = false;
    const waiting = channel.push(2).then(() => {
      pushed = true;
    });
    await new Promise(resolve => setImmediate(resolve));
    expect(pushed).toBe(false);
    const reader = channel[Symbol.asyncIterator]();
    expect((await reader.next()).value).toBe(1);
    await waiting;
    expect(pushed).toBe(true);
    await reader.return(undefined);
    await channel.push(3); // nobody reads any more: it does not wait
  });
});
