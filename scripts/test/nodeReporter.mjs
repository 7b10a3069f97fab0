// A reporter for node:test that writes one JSON list of all tests.
export default async function* report(source) {
  const tests = [];
  for await (const { type, data } of source) {
    // A suite or a file is reported as well; only what has no tests below counts.
    const isTest = data?.details?.type !== 'suite';
    if ((type === 'test:pass' || type === 'test:fail') && isTest) {
      tests.push({
        title: data.name,
        passed: type === 'test:pass',
        skipped: data.skip !== undefined || data.todo !== undefined,
        message:
          data.details.error?.cause?.stack ?? data.details.error?.message,
      });
    }
  }
  yield JSON.stringify(tests);
}
