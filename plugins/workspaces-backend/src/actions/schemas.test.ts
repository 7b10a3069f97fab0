import { actionsRegistryServiceMock } from '@backstage/backend-test-utils/alpha';
import { mockServices } from '@backstage/backend-test-utils';
import type { ApiServices } from '../api/services';
import { spec } from '../schema/openapi';
import { createAgentActions } from '.';

/** What zod and the API document have in common of a schema. */
interface Schema {
  $ref?: string;
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: unknown;
  items?: Schema;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

const schemas = spec.components.schemas as unknown as Record<string, Schema>;

/** A schema with what it refers to, without what only people read. */
function comparable(schema: Schema): Schema {
  if (schema.$ref) return comparable(schemas[schema.$ref.split('/').pop()!]);
  const { description, properties, items, required, ...rest } = schema;
  return {
    ...rest,
    ...(required && { required: [...required].sort() }),
    ...(items && { items: comparable(items) }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [
          name,
          comparable(property),
        ]),
      ),
    }),
  };
}

function undescribed(schema: Schema, path: string): string[] {
  const fields = Object.entries(schema.properties ?? {}).flatMap(
    ([name, property]) => [
      ...(property.description ? [] : [`${path}.${name}`]),
      ...undescribed(property, `${path}.${name}`),
    ],
  );
  return [
    ...fields,
    ...(schema.items ? undescribed(schema.items, `${path}[]`) : []),
  ];
}

describe('schemas of the actions', () => {
  const registry = actionsRegistryServiceMock({
    logger: mockServices.logger.mock(),
  });
  createAgentActions({
    actionsRegistry: registry,
    services: {} as ApiServices, // nothing is invoked here
  });
  const inputOf = async (name: string): Promise<Schema> => {
    const { actions } = await registry.list();
    const { $schema, ...input } = actions.find(each => each.name === name)!
      .schema.input as Schema & { $schema?: string };
    return input;
  };

  it('say of each action what it may do', async () => {
    const { actions } = await registry.list();
    const attributes = actions.map(({ name, attributes: each }) => [
      name,
      each.readOnly,
      each.destructive,
      each.idempotent,
    ]);
    expect(attributes).toEqual([
      ['list-workspaces', true, false, true],
      ['explain-run', true, false, true],
      ['plan-workspace', true, false, true],
      ['deploy-app', false, true, false],
      ['retry-run', false, true, false],
      ['cancel-run', false, true, true],
    ]);
  });

  it('describe every field, and have examples', async () => {
    const { actions } = await registry.list();
    for (const { name, schema, examples } of actions) {
      expect(undescribed(schema.input as Schema, name)).toEqual([]);
      expect(undescribed(schema.output as Schema, name)).toEqual([]);
      expect(examples?.length).toBeGreaterThan(0);
    }
  });

  it('take what the API takes: a new workspace, and a source', async () => {
    expect(comparable(await inputOf('plan-workspace'))).toEqual(
      comparable(schemas.NewWorkspace),
    );
    const { properties } = await inputOf('deploy-app');
    expect(comparable(properties!.source)).toEqual(
      comparable(schemas.SourceSpec),
    );
  });

  it('take the stages that a retry takes', async () => {
    const { properties } = await inputOf('retry-run');
    expect(properties!.from.enum).toEqual(schemas.StageName.enum);
  });
});
