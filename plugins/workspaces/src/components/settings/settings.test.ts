import type { AppSpec } from '@slipway/backstage-plugin-workspaces-common';
import type { Texts } from '../../fields/form';
import { lineOf, wordsOf } from './commandLine';
import { changed, problemsOf, refusalOf, settingsOf } from './settings';

const spec: AppSpec = {
  name: 'web',
  source: { type: 'upload', upload: 'u1' },
  build: { dockerfile: 'Dockerfile.web' },
  port: 8080,
  command: ['node', 'server.js'],
  environment: [
    { name: 'MODE', value: 'plain' },
    { name: 'TOKEN', secret: 's1' },
  ],
  migration: { command: ['npm', 'run', 'migrate'], timeoutSeconds: 60 },
  replicas: 2,
};
const { name: _name, ...definition } = spec;
const before = settingsOf(spec);
const t = ((key: string) => key) as unknown as Texts;

describe('command lines', () => {
  it.each([
    [['npm', 'run', 'migrate']],
    [['sh', '-c', "echo 'it is' && exit 1"]],
    [['node', '', 'a b', '$HOME', 'back\\slash', 'two\nlines']],
    [[]],
  ])('say %j so that the same words are read', words => {
    expect(wordsOf(lineOf(words))).toEqual(words);
  });
});

describe('settings', () => {
  it('change what was changed, and leave all else', () => {
    expect(changed(spec, before, before)).toEqual(definition);
    const after = {
      ...before,
      port: '3000',
      healthPath: '/ready',
      migration: 'npm run up',
      environment: [
        { ...before.environment[0], value: 'new' },
        before.environment[1],
        { key: 2, name: 'HOST', value: '0.0.0.0' },
        { key: 3, name: '', value: '' },
      ],
    };
    // Somebody has set another source since.
    const now: AppSpec = { ...spec, source: { type: 'upload', upload: 'u2' } };
    expect(changed(now, before, after)).toEqual({
      ...definition,
      source: { type: 'upload', upload: 'u2' },
      port: 3000,
      healthPath: '/ready',
      migration: { command: ['npm', 'run', 'up'], timeoutSeconds: 60 },
      environment: [
        { name: 'MODE', value: 'new' },
        { name: 'TOKEN', secret: 's1' },
        { name: 'HOST', value: '0.0.0.0' },
      ],
    });
  });

  it('go back to the defaults where nothing is left', () => {
    const none = {
      port: '',
      healthPath: '',
      command: ' ',
      migration: '',
      environment: [],
    };
    const sent = JSON.parse(JSON.stringify(changed(spec, before, none)));
    expect(Object.keys(sent).sort()).toEqual(['build', 'replicas', 'source']);
  });

  it('say what is wrong at its field', () => {
    expect(problemsOf(before, t)).toEqual({});
    const bad = {
      port: '80a',
      healthPath: 'ready',
      command: "node 'server.js",
      migration: 'a && b',
      environment: [
        { key: 0, name: 'A', value: '' },
        { key: 1, name: 'A', value: '' },
        { key: 2, name: '1B', value: '' },
        { key: 3, name: '', value: 'x' },
      ],
    };
    expect(problemsOf(bad, t)).toEqual({
      port: 'settings.badPort',
      healthPath: 'settings.badHealthPath',
      command: "a quote ' is opened and not closed",
      migration: expect.stringMatching(/^"&" is for a shell/),
      'environment[1]': 'settings.twice',
      'environment[2]': expect.stringMatching(/^"1B" is not the name/),
      'environment[3]': 'settings.noName',
    });
    expect(problemsOf({ ...before, port: '65536' }, t)).toEqual({
      port: 'settings.badPort',
    });
  });

  it('say what the backend refused at its field', () => {
    const rows = [
      { key: 7, name: '', value: '' },
      { key: 8, name: 'PORT', value: '1' },
    ];
    const sent = { ...before, environment: rows };
    expect(refusalOf('environment[0].name: is taken', sent)).toEqual({
      'environment[8]': 'is taken',
    });
    expect(refusalOf('healthPath: is bad', sent)).toEqual({
      healthPath: 'is bad',
    });
    expect(refusalOf('run 2 is under way', sent)).toEqual({});
  });
});
