import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import { expect, it } from 'vitest';

it('the types of the wire are those of the committed description', { timeout: 60_000 }, async () => {
  const folder = import.meta.dirname;
  const description = new URL(`file://${join(folder, '../../../docs/reference/openapi.json')}`);
  const made = COMMENT_HEADER + astToString(await openapiTS(description, { defaultNonNullable: false }));
  const kept = readFileSync(join(folder, 'schema.ts'), 'utf8');
  expect(kept === made, 'src/api/schema.ts is stale: npm run codegen').toBe(true);
});
