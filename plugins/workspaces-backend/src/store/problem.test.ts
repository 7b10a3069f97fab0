import knexFactory from 'knex';
import { problemOf } from './problem';

describe('problemOf', () => {
  it('says what the database said of a statement, without the statement and its values', async () => {
    const knex = knexFactory({
      client: 'better-sqlite3',
      connection: ':memory:',
      useNullAsDefault: true,
    });
    const error = await knex('nothing')
      .insert({ value: 'my - secret' })
      .catch(failed => failed);
    await knex.destroy();
    expect(error.message).toContain('my - secret');
    expect(problemOf(error)).toMatch(/: no such table: nothing$/);
    expect(problemOf(error)).not.toContain('secret');
    expect(problemOf(error)).not.toContain('insert');
  });

  it('leaves the words of other errors as they are', () => {
    const error = new TypeError('the socket is gone - try again');
    expect(problemOf(error)).toBe('TypeError: the socket is gone - try again');
    expect(problemOf('lost')).toBe('lost');
  });
});
