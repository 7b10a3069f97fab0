import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { digestOf, folderDigest, unusedFiles } from './cache.mjs';
import { imageKey, librariesOf } from './images.mjs';
import {
  buildArguments,
  containerdPrograms,
  programKey,
  requiredVersion,
} from './programs.mjs';
import { renderFile } from './tekton.mjs';

test('a digest tells the same letters in other parts apart', () => {
  assert.notEqual(digestOf('ab', 'c'), digestOf('a', 'bc'));
  assert.match(digestOf('a'), /^[0-9a-f]{16}$/);
});

test('the digest of a folder follows names and contents', t => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-digest-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'go.mod'), 'module a');
  const before = folderDigest(folder);
  assert.equal(folderDigest(folder), before);
  writeFileSync(join(folder, 'go.mod'), 'module b');
  assert.notEqual(folderDigest(folder), before);
});

test('what was not used for two weeks makes room', () => {
  const now = Date.parse('2026-03-20');
  const files = [
    { name: 'kube-old.zst', lastUse: Date.parse('2026-03-01') },
    { name: 'kube-of-another-clone.zst', lastUse: Date.parse('2026-03-10') },
    { name: 'kube-new.zst', lastUse: now },
  ];
  assert.deepEqual(unusedFiles(files, now), ['kube-old.zst']);
});

test('the version of a dependency is read in each form of go.mod', () => {
  const goMod = [
    'module slipway.test/a',
    'require example.test/single v1.2.3',
    'require (',
    '\texample.test/block v0.4.0 // indirect',
    ')',
    'replace example.test/block => example.test/other v9.9.9',
  ].join('\n');
  assert.equal(requiredVersion(goMod, 'example.test/single'), 'v1.2.3');
  assert.equal(requiredVersion(goMod, 'example.test/block'), 'v0.4.0');
  assert.throws(() => requiredVersion(goMod, 'example.test'), /require/);
});

test('Kubernetes is told its version, which clients compare', () => {
  const flags = buildArguments('kube').find(word =>
    word.startsWith('-ldflags'),
  );
  assert.match(flags, /version\.gitVersion=v1\.\d+\.\d+ /);
  assert.match(flags, /version\.gitMajor=1 /);
  assert.notEqual(programKey('kube'), programKey('addons'));
});

test('containerd says which version it is, as its releases do', () => {
  for (const name of containerdPrograms) {
    assert.match(
      buildArguments(name).join(' '),
      /-X \S+\/v2\/version\.Version=v2\.\d+\.\d+ \S+\/v2\/cmd\/\S+$/,
    );
  }
});

test('an image gets another key with another configuration', () => {
  const image = { name: 'slipway.test/a:1', texts: { '/a': 'b' } };
  assert.equal(imageKey(image), imageKey({ ...image }));
  assert.notEqual(
    imageKey(image),
    imageKey({ ...image, config: { User: '1' } }),
  );
});

test('the libraries of programs are named once', () => {
  const text = [
    '/usr/sbin/runc:',
    '\tlinux-vdso.so.1 (0x00007ffc)',
    '\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f01)',
    '\t/lib64/ld-linux-x86-64.so.2 (0x00007f02)',
    '/usr/bin/newuidmap:',
    '\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f03)',
  ].join('\n');
  assert.deepEqual(librariesOf(text), [
    '/lib/x86_64-linux-gnu/libc.so.6',
    '/lib64/ld-linux-x86-64.so.2',
  ]);
});

test("Tekton's manifests name our images and the version", () => {
  const text = [
    'image: ko://github.com/tektoncd/pipeline/cmd/webhook',
    'shell: registry.example/base/busybox@sha256:0123abc',
    'version: "devel"',
  ].join('\n');
  assert.equal(
    renderFile('webhook.yaml', text, 'v1.15.1'),
    [
      'image: slipway.test/tekton-webhook:1',
      'shell: slipway.test/shell:1',
      'version: "v1.15.1"',
    ].join('\n'),
  );
});

test('a manifest of Tekton that cannot be tuned is not taken as it is', () => {
  assert.throws(
    () => renderFile('config-feature-flags.yaml', 'data:\n', 'v2.0.0'),
    /do not hold/,
  );
});
