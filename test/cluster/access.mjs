// What those who use the cluster need to know of it, kept in a file.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { accessFile } from './settings.mjs';

export function readAccess() {
  return existsSync(accessFile)
    ? JSON.parse(readFileSync(accessFile, 'utf8'))
    : undefined;
}

export function keepAccess(access, file = accessFile) {
  writeFileSync(file, `${JSON.stringify(access, undefined, 2)}\n`, {
    mode: 0o600,
  });
  return access;
}
