import { Users } from './users';

describe('Users', () => {
  const { signal } = new AbortController();
  const users = (
    user: string | undefined,
    numbers?: Record<string, number>,
  ) => {
    const reader = { user: jest.fn(async () => user) };
    return { reader, users: new Users({ reader, numbers }) };
  };

  it.each([
    ['node', 1000],
    ['node:node', 1000],
    ['1234:5', 1234],
    ['', 1000],
    ['root', 1000],
    ['0:0', 1000],
    ['nonroot', 65532],
    ['somebody', undefined],
    [undefined, undefined],
  ])('runs an image of %p as %p', async (user, number) => {
    expect(await users(user).users.of('image', signal)).toBe(number);
  });

  it('knows the names of the configuration', async () => {
    const given = users('www-data', { 'www-data': 33 });
    expect(await given.users.of('image', signal)).toBe(33);
  });

  it('asks once for an image, and again after a failure', async () => {
    const { reader, users: all } = users('node');
    reader.user.mockRejectedValueOnce(new Error('away'));
    await expect(all.of('image', signal)).rejects.toThrow('away');
    await all.of('image', signal);
    await all.of('image', signal);
    expect(reader.user).toHaveBeenCalledTimes(2);
  });

  it('leaves the user to the image where no registry can be asked', async () => {
    expect(await new Users({}).of('image', signal)).toBeUndefined();
  });
});
