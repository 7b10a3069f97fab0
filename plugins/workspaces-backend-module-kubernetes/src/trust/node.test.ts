import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeReport } from './report';

const script = readFileSync(
  join(__dirname, '../../node-trust/node.sh'),
  'utf8',
);

describe('what runs on a node', () => {
  let folder: string;
  const path = (name: string) => join(folder, name);
  const write = (name: string, text: string) => writeFileSync(path(name), text);
  const read = (name: string) => readFileSync(path(name), 'utf8');

  const run = (command: string[], input = '') => {
    const { stdout, status } = spawnSync(
      'sh',
      ['-c', script, 'node', ...command],
      {
        input,
        encoding: 'utf8',
        env: {
          PATH: process.env.PATH,
          PID: String(process.pid),
          EXE: path('containerd'),
          CONFIG: path('config.toml'),
          KEEP: path('kept/registry'),
          NAMES: 'a.test_5000_ a.test:5000',
        },
      },
    );
    return { status, report: new NodeReport(stdout.split('\n')) };
  };

  /** Prints what `containerd config dump` would: its settings and none that are unknown to it. */
  const containerd = (dump: string, code = 0) => {
    write('dump', dump);
    write(
      'containerd',
      `#!/bin/sh\n[ "$1" = --version ] && { echo containerd 1.6; exit; }\n[ "$2" = '${path(
        'config.toml',
      )}' ] && cat '${path('dump')}'\nexit ${code}\n`,
    );
    chmodSync(path('containerd'), 0o755);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-node-'));
    containerd('version = 2\n');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reads what decides how containerd speaks to registries, and no secret', () => {
    const place = path('certs/a.test:5000');
    mkdirSync(place, { recursive: true });
    containerd(
      `config_path = "${path('certs')}"\n[auth]\npassword = "hunter2"\n`,
    );
    write(
      'config.toml',
      `a = 1\n[x.auth]\n  PassWord = 'hunter2'\n  token="hunter2" # x\n`,
    );
    write(
      'certs/a.test:5000/hosts.toml',
      `ca = "a.crt"\n[header]\nAuthorization = ["Basic hunter2"]\nCookie = "hunter2"\n`,
    );
    write('certs/a.test:5000/a.crt', 'PEM\n');
    write('certs/a.test:5000/client.key', 'hunter2');
    const { report } = run(['look']);
    expect(report.files('config').get(path('config.toml'))).toBe(
      `a = 1\n[x.auth]\n  PassWord = ""\n  token= ""\n`,
    );
    expect(Object.fromEntries(report.files('file'))).toEqual({
      [join(
        place,
        'hosts.toml',
      )]: `ca = "a.crt"\n[header]\nAuthorization = ""\nCookie = ""\n`,
      [join(place, 'a.crt')]: 'PEM\n',
    });
    expect(report.facts('other')).toEqual([join(place, 'client.key')]);
    expect(report.facts('folder')).toEqual([place]);
    expect(report.fact('version')).toBe('containerd 1.6');
    expect(report.text('dump')).not.toContain('hunter2');
    expect(report.facts('kept')).toEqual([]);
  });

  it('writes a file with its folders, reads it back, and takes all of it away', () => {
    const { report, status } = run(['put', path('certs/a/b.crt')], 'PEM\n');
    expect(status).toBe(0);
    expect(report.files('wrote').get(path('certs/a/b.crt'))).toBe('PEM\n');
    expect(read('certs/a/b.crt')).toBe('PEM\n');
    expect(run(['look']).report.facts('kept')).toEqual([path('certs/a/b.crt')]);
    expect(run(['untouched']).status).toBe(0);
    expect(run(['restore']).status).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(['containerd', 'dump']);
  });

  it('keeps a folder that it made where somebody has put something into it', () => {
    run(['put', path('certs/a/b.crt')], 'PEM\n');
    write('certs/mine', 'x');
    run(['restore']);
    expect(readdirSync(path('certs'))).toEqual(['mine']);
  });

  it('exchanges lines, and gives back the very first file after several changes', () => {
    const before = '0\r\n1 \n\n3\tno end';
    write('config.toml', before);
    chmodSync(path('config.toml'), 0o640);
    const { mtimeMs } = lstatSync(path('config.toml'));
    run(['splice', path('config.toml'), '1', '1'], 'one\nand a half\n');
    expect(read('config.toml')).toBe('0\r\none\nand a half\n\n3\tno end');
    const { report } = run(
      ['splice', path('config.toml'), '0', '0'],
      'auth = "x"\n',
    );
    expect(read('config.toml')).toBe(
      'auth = "x"\n0\r\none\nand a half\n\n3\tno end',
    );
    expect(report.files('wrote').get(path('config.toml'))).toMatch(
      /^auth = ""\n0/,
    );
    run(['splice', path('config.toml'), '6', '0'], '\nlast\n');
    expect(read('config.toml')).toMatch(/no end\nlast\n$/);
    expect(lstatSync(path('config.toml')).mode % 0o1000).toBe(0o640);
    expect(run(['untouched']).status).toBe(0);
    run(['restore']);
    expect(read('config.toml')).toBe(before);
    expect(lstatSync(path('config.toml'))).toMatchObject({ mtimeMs });
    expect(lstatSync(path('config.toml')).mode % 0o1000).toBe(0o640);
    expect(existsSync(path('kept'))).toBe(false);
  });

  it('changes what a link leads to, and leaves the link', () => {
    write('real.toml', 'a\n');
    symlinkSync(path('real.toml'), path('config.toml'));
    run(['splice', path('config.toml'), '1', '0'], 'b\n');
    expect(read('real.toml')).toBe('a\nb\n');
    expect(lstatSync(path('config.toml')).isSymbolicLink()).toBe(true);
    const { report } = run(['look']);
    expect(report.facts('kept')).toEqual([report.fact('target')]);
    run(['restore']);
    expect(read('real.toml')).toBe('a\n');
  });

  it('tells of what somebody has changed or removed since', () => {
    run(['put', path('a')], '1');
    write('b', 'old');
    run(['put', path('b')], '2');
    write('b', 'mine');
    expect(run(['untouched'])).toMatchObject({ status: 1 });
    expect(run(['untouched']).report.facts('conflict')).toEqual([path('b')]);
    write('b', 'old');
    rmSync(path('a'));
    expect(run(['untouched']).status).toBe(0);
  });

  it('lets containerd judge its configuration before it is restarted', () => {
    containerd(`[x]\n  config_path = "/etc/containerd/certs.d"\n`);
    expect(run(['accepts', '/etc/containerd/certs.d']).status).toBe(0);
    expect(run(['accepts', '']).status).toBe(0);
    expect(run(['accepts', '/elsewhere'])).toMatchObject({ status: 1 });
    expect(run(['accepts', '/elsewhere']).report.fact('overruled')).toBe(
      '/elsewhere',
    );
    containerd('invalid', 1);
    expect(run(['accepts', '']).report.text('refused')).toBe('invalid\n');
  });
});
