// deploy/settings.md: every setting and every rule of the policy, from their schemas and the default files.
import { Policy } from '../policy/policy.ts'
import { loadPolicy, loadSettings } from '../settings/load-settings.ts'
import { Settings } from '../settings/settings.ts'
import { tablePut, type Rows } from './table-put.ts'

/** What a TypeBox schema is in JSON, as far as tables need it. */
interface JsonSchema {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly const?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly minimum?: number
  readonly maximum?: number
}

interface Setting {
  readonly path: string
  readonly fallback: unknown
  readonly values: string
  readonly meaning: string
}

const HEAD = ['setting', 'default', 'values', 'meaning']
const NONE = '–'
/** Of a set of settings that may be left out as a whole. */
const SECTION = 'section'

/** The text of deploy/settings.md with its tables put in. */
export function withSettingsTables(page: string): string {
  const all = settingsIn(inJson(Settings), loadSettings(undefined, {}), '')
  const sections = Map.groupBy(all, ({ path }) => path.split('.')[0])
  const withSettings = [...sections].reduce(
    (text, [section, its]) => tablePut(text, `settings of ${section}`, rowsOf(its)),
    page,
  )
  return tablePut(withSettings, 'policy', rowsOf(settingsIn(inJson(Policy), loadPolicy(), '')))
}

const inJson = (schema: object): JsonSchema => JSON.parse(JSON.stringify(schema))

const rowsOf = (settings: readonly Setting[]): Rows => [
  HEAD,
  ...settings.map(({ path, fallback, values, meaning }) => [
    `\`${path}\``,
    fallback === undefined ? NONE : `\`${JSON.stringify(fallback).replaceAll('|', '\\|')}\``,
    values,
    meaning.replaceAll('|', '\\|'),
  ]),
]

/** The settings below a place. Of several forms (`anyOf`) all that any of them has. */
function settingsIn(schema: JsonSchema, fallback: unknown, path: string): readonly Setting[] {
  const { description: meaning = '', properties, items, anyOf } = schema
  const below = (fields: Readonly<Record<string, JsonSchema>>, defaults: unknown, at: string) =>
    Object.entries(fields).flatMap(([name, field]) =>
      settingsIn(field, Reflect.get(Object(defaults), name), at === '' ? name : `${at}.${name}`),
    )
  if (properties !== undefined) {
    const isNamed = path !== '' && (meaning !== '' || fallback === undefined)
    const own = isNamed ? [{ path, fallback: undefined, values: SECTION, meaning }] : []
    return [...own, ...below(properties, fallback, path)]
  }
  if (items?.properties !== undefined)
    return [{ path, fallback, values: 'list', meaning }, ...below(items.properties, undefined, `${path}[]`)]
  if (anyOf?.some((form) => form.properties !== undefined))
    return merged(anyOf.flatMap((form) => settingsIn(form, undefined, path)))
  return [{ path, fallback, values: valuesOf(schema), meaning }]
}

/** One setting for each path: of two with other values, the values of both. */
function merged(settings: readonly Setting[]): readonly Setting[] {
  return [...Map.groupBy(settings, ({ path }) => path).values()].map((same) => ({
    ...same[0],
    values: [...new Set(same.map(({ values }) => values))].join(', '),
    meaning: same.find(({ meaning }) => meaning !== '')?.meaning ?? '',
  }))
}

function valuesOf({
  type = '',
  enum: names,
  const: only,
  items,
  minimum,
  maximum,
  anyOf,
  patternProperties,
}: JsonSchema): string {
  if (names !== undefined) return names.map((name) => `\`${String(name)}\``).join(', ')
  if (only !== undefined) return `\`${only}\``
  if (items !== undefined) return `list of ${valuesOf(items)}`
  if (anyOf !== undefined) return anyOf.map(valuesOf).join(' or ')
  if (patternProperties !== undefined) return 'names with values'
  const kind = type === 'string' ? 'text' : type === 'integer' ? 'whole number' : type
  if (minimum === undefined) return kind
  const from = minimum.toLocaleString('en')
  return maximum === undefined
    ? `${kind} from ${from}`
    : `${kind} from ${from} to ${maximum.toLocaleString('en')}`
}
