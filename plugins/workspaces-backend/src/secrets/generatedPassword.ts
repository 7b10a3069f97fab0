import { randomBytes } from 'node:crypto';

const BYTES = 24;

/** A password that nobody has to remember: 48 hexadecimal digits, which need no escape anywhere. */
export function generatedPassword(): string {
  return randomBytes(BYTES).toString('hex');
}
