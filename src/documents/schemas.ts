// JSON Schemas of the settings and the policy, with their defaults.
import { IsObject, type TObject } from 'typebox'
import { asyncApiDocument } from '../contract/asyncapi.ts'
import { FleetPicture } from '../contract/fleet.ts'
import { gatewayOpenApi } from '../contract/gateway-openapi.ts'
import { CsvMapping } from '../lists/formats/csv-mapping.ts'
import { Scheme } from '../lists/schemes/scheme.ts'
import { Policy } from '../policy/policy.ts'
import { loadSettings } from '../settings/load-settings.ts'
import { Settings } from '../settings/settings.ts'
import { Sources } from '../settings/source-settings.ts'

const schemaDocument = (schema: object): object => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  ...schema,
})

/** Of a file that is laid over these defaults: what they have may be left out. */
function overlaySchema({ required, properties, ...rest }: TObject, defaults: object): object {
  const laid = Object.entries(properties).map(([name, schema]) => {
    const under: unknown = Reflect.get(defaults, name)
    return [name, under instanceof Object && IsObject(schema) ? overlaySchema(schema, under) : schema]
  })
  const needed = required?.filter((name) => !(name in defaults))
  return { ...(needed?.length ? { required: needed } : {}), properties: Object.fromEntries(laid), ...rest }
}

/** The documents that are generated from the schemas in the code: file name in config/, text. */
export const schemaDocuments = (): ReadonlyMap<string, string> =>
  new Map(
    Object.entries({
      'asyncapi.json': asyncApiDocument(),
      'csv-mapping.schema.json': schemaDocument(CsvMapping),
      'fleet.schema.json': schemaDocument(FleetPicture),
      'gateway.openapi.json': gatewayOpenApi(),
      'hashwarden.schema.json': schemaDocument(overlaySchema(Settings, loadSettings(undefined, {}))),
      'policy.schema.json': schemaDocument(Policy),
      'scheme.schema.json': schemaDocument(Scheme),
      'sources.schema.json': schemaDocument(Sources),
    }).map(([name, document]) => [name, `${JSON.stringify(document, null, 2)}\n`]),
  )
