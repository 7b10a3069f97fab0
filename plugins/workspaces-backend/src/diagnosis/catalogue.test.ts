import type { RawEvidence } from '@slipway/backstage-plugin-workspaces-node';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { catalogue } from './catalogue';
import { diagnose } from './diagnose';
import { namesNeeded, valuesOf, type Rule } from './rule';
import { admissionCases } from './__testUtils__/admissionCases';
import { askerCases } from './__testUtils__/askerCases';
import { buildCases } from './__testUtils__/buildCases';
import { databaseCases } from './__testUtils__/databaseCases';
import type { DiagnosisCase } from './__testUtils__/DiagnosisCase';
import { engineCases } from './__testUtils__/engineCases';
import { registryCases } from './__testUtils__/registryCases';
import { poorerCauses, registryCauses } from './__testUtils__/registryCauses';
import { runtimeCases } from './__testUtils__/runtimeCases';
import { schedulingCases } from './__testUtils__/schedulingCases';
import { sourceCases } from './__testUtils__/sourceCases';
import { tektonCases } from './__testUtils__/tektonCases';

const cases: DiagnosisCase[] = [
  ...engineCases,
  ...admissionCases,
  ...schedulingCases,
  ...tektonCases,
  ...askerCases,
  ...sourceCases,
  ...buildCases,
  ...runtimeCases,
  ...databaseCases,
  ...registryCases,
];

/** What registries answered to Podman 4, Docker 20, Docker 29 and BuildKit, recorded. */
const recorded: { engine: string; case: string; op: string; error: string }[] =
  readFileSync(
    path.join(__dirname, '__testUtils__', 'registry-errors.jsonl'),
    'utf8',
  )
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));

function seen(evidence: DiagnosisCase['evidence']): RawEvidence[] {
  return evidence.map((piece, index) => ({
    ...piece,
    at: '2026-11-21T10:00:00.000Z',
    ...(index === 0 && { first: true }),
  }));
}

/** As the local engine hands it over: without what the client library puts before it. */
function told(error: string): DiagnosisCase['evidence'] {
  const text = error.replace(/^\(HTTP code \d+\) [^-]* - /, '').trim();
  return [{ kind: 'error', source: 'container engine', text }];
}

describe('the catalogue', () => {
  it.each(
    cases.map(each => [
      each.code,
      each.evidence.at(-1)!.text.split('\n')[0].slice(0, 90),
      each,
    ]),
  )('%s: %s', (_code, _text, { stage, evidence, code, cause }) => {
    const diagnosis = diagnose({
      stage,
      app: 'web',
      message: 'it failed',
      evidence: seen(evidence),
    });
    expect(diagnosis).toMatchObject({ code, cause });
    expect(diagnosis.fix).toMatch(/^[A-Z].*\.$/s);
    expect(`${diagnosis.cause}${diagnosis.fix}`).not.toMatch(/[{}]|undefined/);
    expect(['user', 'operator', 'system']).toContain(diagnosis.fixedBy);
  });

  it.each(
    recorded.map(
      each => [`${each.engine} ${each.case} ${each.op}`, each] as const,
    ),
  )('names what registries answered: %s', (name, each) => {
    expect(Object.keys(registryCauses)).toContain(each.case);
    const code = poorerCauses[name] ?? registryCauses[each.case];
    const evidence = seen(told(each.error));
    const message = 'Could not pull the image x';
    expect(diagnose({ stage: 'dependencies', message, evidence }).code).toBe(
      code ?? 'UNKNOWN',
    );
  });

  it.each(
    recorded
      .filter(each => each.op !== 'push')
      .map(each => [`${each.engine} ${each.case}`, each] as const),
  )('says why a base image cannot be had: %s', (name, each) => {
    const [piece] = seen(told(each.error));
    const facts = { image: 'registry.invalid/lib/app:1' };
    const diagnosis = diagnose({
      stage: 'build',
      app: 'web',
      message: 'the build failed',
      evidence: [{ ...piece, facts }],
    });
    const code =
      poorerCauses[`${name} ${each.op}`] ?? registryCauses[each.case];
    expect(diagnosis.code).toBe('BASE_IMAGE_PULL');
    expect(diagnosis.cause).toMatch(/^The base image ".+" of the Dockerfile/);
    const [, because] = / because \((\w+)\) /.exec(diagnosis.cause) ?? [];
    expect(because).toBe(code);
  });

  const rules = [
    ...new Set(
      catalogue.flat().flatMap(rule => [rule, ...(rule.because ?? [])]),
    ),
  ];
  const everything = [
    ...cases.map(({ stage, evidence }) => ({ stage, pieces: seen(evidence) })),
    ...recorded.map(({ error }) => ({
      stage: 'dependencies' as const,
      pieces: seen(told(error)),
    })),
  ];

  const signs = rules.flatMap(rule =>
    rule.signs.map((sign, index) => [rule.code, index, rule, sign] as const),
  );

  it.each(signs)(
    'has a verbatim text for sign %s %i',
    (_code, _index, rule, sign) => {
      const known = everything.some(
        ({ stage, pieces }) =>
          isOfStage(rule, stage) &&
          pieces.some(piece => valuesOf(sign, piece) !== undefined),
      );
      expect(
        known ? 'seen' : String(sign instanceof RegExp ? sign : sign.wording),
      ).toBe('seen');
    },
  );

  it('is what the page of named causes says', () => {
    const page = readFileSync(
      path.join(__dirname, '../../../../docs/failures.md'),
      'utf8',
    );
    const documented = [...page.matchAll(/^\| `(\w+)` .*\| ([\w, ]+?) +\|$/gm)];
    const known = new Map<string, Set<string>>();
    for (const { code, fixedBy } of rules)
      known.set(code, (known.get(code) ?? new Set()).add(fixedBy));
    expect(
      documented
        .map(([, code, who]) => `${code}: ${who.split(', ').sort()}`)
        .sort(),
    ).toEqual(
      [...known].map(([code, who]) => `${code}: ${[...who].sort()}`).sort(),
    );
  });

  it('has whole sentences with balanced brackets', () => {
    for (const { cause, fix } of rules) {
      for (const text of [cause, fix]) {
        expect(text).toMatch(/^[A-Z"'{([].*\.$/s);
        expect(text.split('[').length).toBe(text.split(']').length);
        expect(text.split('{').length).toBe(text.split('}').length);
      }
      expect(namesNeeded(cause)).not.toContain('because ');
    }
  });
});

function isOfStage(rule: Rule, stage: string): boolean {
  return rule.stages === undefined || rule.stages.some(each => each === stage);
}
