import { randomBytes } from 'node:crypto';
import { Redactor } from './redact';

function redactorOf(...values: string[]): Redactor {
  const redactor = new Redactor();
  for (const value of values) redactor.add(value);
  return redactor;
}

describe('Redactor', () => {
  const secret = 'p@ss "w/o+rd\\ü?';

  it.each([
    ['as it is', `password=${secret};`],
    ['percent-encoded', `postgres://app:${encodeURIComponent(secret)}@db/app`],
    [
      'percent-encoded in lower case',
      encodeURIComponent(secret).replace(/%../g, code => code.toLowerCase()),
    ],
    ['as a form', new URLSearchParams({ password: secret }).toString()],
    ['in JSON', JSON.stringify({ password: secret })],
    ['quoted for ADO.NET', `Password="${secret.replaceAll('"', '""')}"`],
    ['base64', Buffer.from(secret).toString('base64')],
    ['base64url', Buffer.from(secret).toString('base64url')],
    ['basic authentication', Buffer.from(`u:${secret}`).toString('base64')],
    ['base64 after two bytes', Buffer.from(`ab${secret}cd`).toString('base64')],
    [
      'base64 after three bytes',
      Buffer.from(`abc${secret}`).toString('base64'),
    ],
  ])('takes a value out of text: %s', (_form, text) => {
    const redacted = redactorOf(secret).redact(text);
    expect(redacted).toContain('***');
    expect(redacted).not.toContain(secret.slice(2, 8));
    expect(redacted).not.toContain(
      Buffer.from(secret).toString('base64').slice(4, 16),
    );
  });

  it('takes a value of several lines out by its lines, however they end', () => {
    const key =
      '-----BEGIN KEY-----\r\nQUJDREVGR0g\n  SUpLTE1OT1A\n-----END KEY-----\n';
    const redactor = redactorOf(key);
    expect(redactor.redact('  | SUpLTE1OT1A')).toBe('  | ***');
    expect(redactor.redact('got QUJDREVGR0g')).toBe('got ***');
    expect(redactor.redact(`env: ${JSON.stringify(key)}`)).not.toContain(
      'QUJDREVGR0g',
    );
  });

  it('leaves values under 4 characters, and takes out the longest of values that hold each other', () => {
    const redactor = redactorOf('abc', '', 'secret', 'secret-of-mine');
    expect(redactor.redact('abc secret-of-mine secret')).toBe('abc *** ***');
  });

  it('knows as many values, and as long ones, as an app can have in files', () => {
    const pem = (kilobytes: number) =>
      (
        randomBytes(kilobytes * 750)
          .toString('base64')
          .match(/.{64}/g) ?? []
      ).join('\n');
    const values = [pem(64), pem(64), 'x'.repeat(65_536), 'the password'];
    const redactor = redactorOf(...values);
    const [first, second] = values.map(value => value.split('\n').at(-2));
    expect(redactor.redact(`a ${first} b ${second} c`)).toBe('a *** b *** c');
    expect(redactor.redact(`<${values[2]}>`)).toBe('<***>');
    expect(redactor.redact('not the password')).toBe('not ***');
  });

  it('knows a value that is added later', () => {
    const redactor = redactorOf('first-value');
    expect(redactor.redact('first-value second-value')).toBe(
      '*** second-value',
    );
    redactor.add('second-value');
    expect(redactor.redact('first-value second-value')).toBe('*** ***');
  });

  it('takes a value with half a surrogate pair, and characters that mean something in patterns', () => {
    const values = ['half \ud800 pair', '(a|b)*[c]^$.{2}'];
    const redactor = redactorOf(...values);
    for (const value of values) expect(redactor.redact(value)).toBe('***');
  });

  it('is quick with many values and much text', () => {
    const redactor = new Redactor();
    for (let i = 0; i < 60; i++) redactor.add(`value-${i}-${'x'.repeat(i)}`);
    const text = 'GET /static/app.js 200 12 ms - 4096 bytes\n'.repeat(25_000);
    const started = performance.now();
    expect(redactor.redact(text)).toBe(text);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
