import { writeFileSync } from 'node:fs'
import { asyncApiDocument } from '../contract/asyncapi.ts'
import { Policy } from '../policy/policy.ts'
import { Settings } from '../settings/settings.ts'

const schemaDocument = (schema: object): object => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  ...schema,
})

/** The documents that are generated from the schemas in the code: file name in config/, text. */
export const documents = (): ReadonlyMap<string, string> =>
  new Map(
    Object.entries({
      'asyncapi.json': asyncApiDocument(),
      'hashwarden.schema.json': schemaDocument(Settings),
      'policy.schema.json': schemaDocument(Policy),
    }).map(([name, document]) => [name, `${JSON.stringify(document, null, 2)}\n`]),
  )

if (import.meta.main) {
  for (const [name, text] of documents())
    writeFileSync(new URL(`../../config/${name}`, import.meta.url), text)
}
