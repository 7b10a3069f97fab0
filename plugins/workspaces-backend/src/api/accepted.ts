import type { Request } from 'express';
import { spec } from '../schema/openapi';

/** As much of a schema of the API document as is needed to say what a field may be. */
interface Schema {
  $ref?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
}

interface Parameter {
  $ref?: string;
  name?: string;
  in?: string;
}

interface Operation {
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

/** Names of the fields that the body of this request may have at that place of it. */
export function acceptedFields(request: Request, place: string[]): string[] {
  const operation = operationOf(request);
  let schema = follow(
    operation?.requestBody?.content['application/json']?.schema,
  );
  for (const segment of place)
    schema = follow(schema?.properties?.[segment] ?? schema?.items);
  return Object.keys(schema?.properties ?? {});
}

/** Names of the query parameters that this request may have. */
export function acceptedQueryParameters(request: Request): string[] {
  return (operationOf(request)?.parameters ?? [])
    .map(parameter => follow(parameter))
    .flatMap(parameter =>
      parameter?.in === 'query' && parameter.name ? [parameter.name] : [],
    );
}

function operationOf(request: Request): Operation | undefined {
  const path = (request as { openapi?: { openApiRoute?: string } }).openapi
    ?.openApiRoute;
  const operations = (spec.paths as Record<string, Record<string, unknown>>)[
    path ?? ''
  ];
  return operations?.[request.method.toLowerCase()] as Operation | undefined;
}

function follow<T extends { $ref?: string }>(
  node: T | undefined,
): T | undefined {
  if (!node?.$ref) return node;
  const [kind, name] = node.$ref.split('/').slice(-2);
  return (spec.components as unknown as Record<string, Record<string, T>>)[
    kind
  ][name];
}
