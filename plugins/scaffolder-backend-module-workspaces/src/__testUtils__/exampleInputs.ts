import type { TemplateExample } from '@backstage/plugin-scaffolder-node';
import type { JsonObject } from '@backstage/types';
import { parse } from 'yaml';

/** What the step of each example gives its action, by the description of the example. */
export function exampleInputs(
  examples: TemplateExample[],
  action: string,
): [string, JsonObject][] {
  return examples.map(({ description, example }) => {
    const [step] = parse(example).steps;
    if (step.action !== action)
      throw new Error(`${description}: ${step.action} is not ${action}`);
    return [description, step.input];
  });
}
