// The report of the contract as types of Python and Go, for the examples in deploy/examples, from the gateway's OpenAPI document.
// The records of topic `reports` have the same fields: there `platform` is needed.
import { gatewayOpenApi } from '../contract/gateway-openapi.ts'

/** What this file reads of a JSON Schema. */
interface Schema {
  readonly type?: string
  readonly const?: string
  readonly enum?: readonly string[]
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}

interface Field {
  readonly name: string
  readonly schema: Schema
  readonly isRequired: boolean
}

/** A named object. Those that it needs come before it. */
interface Shape {
  readonly name: string
  readonly fields: readonly Field[]
}

const SOURCE = 'config/gateway.openapi.json'

/** Path in the project and text of each file. */
export function producerTypes(): ReadonlyMap<string, string> {
  // Of this document, made of schemas, components.schemas.Report is a JSON Schema.
  const { components } = gatewayOpenApi() as {
    readonly components: { readonly schemas: { readonly Report: Schema } }
  }
  const shapes = shapesOf('Report', components.schemas.Report)
  return new Map([
    ['deploy/examples/python/report_types.py', python(shapes)],
    ['deploy/examples/go/report/types.go', go(shapes)],
  ])
}

/** Several shapes of one object (the kinds of hashes) become one: a field that not all of them have can be left out. */
function merged(schemas: readonly Schema[]): Schema {
  const names = new Set(schemas.flatMap(({ properties = {} }) => Object.keys(properties)))
  const properties = Object.fromEntries(
    [...names].map((name) => {
      const [first, ...others] = schemas.flatMap(({ properties: own = {} }) =>
        name in own ? [own[name]] : [],
      )
      const values = [first, ...others].flatMap((one) => (one.const === undefined ? [] : [one.const]))
      return [name, values.length > 0 ? { enum: values } : first]
    }),
  )
  const required = [...names].filter((name) => schemas.every((one) => one.required?.includes(name)))
  return { type: 'object', properties, required }
}

const objectOf = ({ anyOf, ...schema }: Schema): Schema => (anyOf ? merged(anyOf) : schema)

function shapesOf(name: string, schema: Schema): readonly Shape[] {
  const { properties = {}, required = [] } = objectOf(schema)
  const fields = Object.entries(properties).map(([field, of]) => ({
    name: field,
    schema: of,
    isRequired: required.includes(field),
  }))
  const inner = fields.flatMap(({ name: field, schema: of }) => {
    const part = of.items ?? of
    return objectOf(part).properties ? shapesOf(shapeName(field), part) : []
  })
  return [...inner, { name, fields }]
}

/** `hashes` are each a Hash. */
const shapeName = (field: string): string => capital(field.replace(/(?<=sh)es$/, ''))
const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

function python(shapes: readonly Shape[]): string {
  const typeOf = (field: string, schema: Schema): string => {
    if (schema.items) return `list[${typeOf(field, schema.items)}]`
    if (objectOf(schema).properties) return shapeName(field)
    const values = schema.enum ?? (schema.const === undefined ? [] : [schema.const])
    if (values.length > 0) return `Literal[${values.map((value) => JSON.stringify(value)).join(', ')}]`
    return schema.type === 'integer' ? 'int' : 'str'
  }
  const classes = shapes.map(({ name, fields }) => {
    const lines = fields.map(({ name: field, schema, isRequired }) => {
      const type = typeOf(field, schema)
      return `    ${field}: ${isRequired ? type : `NotRequired[${type}]`}\n`
    })
    return `\n\nclass ${name}(TypedDict):\n${lines.join('')}`
  })
  return `# Written by \`npm run documents\` from ${SOURCE}: do not edit.
from typing import Literal, NotRequired, TypedDict
${classes.join('')}`
}

function go(shapes: readonly Shape[]): string {
  const typeOf = (field: string, schema: Schema): string => {
    if (schema.items) return `[]${typeOf(field, schema.items)}`
    if (objectOf(schema).properties) return shapeName(field)
    return schema.type === 'integer' ? 'int64' : 'string'
  }
  const structs = shapes.map(({ name, fields }) => {
    const rows = fields.map(({ name: field, schema, isRequired }) => {
      const type = typeOf(field, schema)
      // 0 says something, and so does an object without fields: a pointer can be left out.
      const isPointer = !isRequired && !type.startsWith('[]') && type !== 'string'
      return [
        capital(field).replace(/Id$/, 'ID'),
        `${isPointer ? '*' : ''}${type}`,
        `\`json:"${field}${isRequired ? '' : ',omitempty'}"\``,
      ] as const
    })
    const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length))
    const lines = rows.map(
      ([field, type, tag]) => `\t${field.padEnd(width(0))} ${type.padEnd(width(1))} ${tag}\n`,
    )
    return `\ntype ${name} struct {\n${lines.join('')}}\n`
  })
  return `// Code generated by \`npm run documents\` from ${SOURCE}. DO NOT EDIT.

package report
${structs.join('')}`
}
