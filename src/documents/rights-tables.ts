// The tables of rights in deploy/kafka.md, with the names of the default settings.
import { loadSettings } from '../settings/load-settings.ts'
import { rightsOf, type Right, type RightsHolder } from '../stream/topics/rights.ts'
import { tablePut, type Rows } from './table-put.ts'

/** By holder, the name of its table. */
const TABLES: Readonly<Record<RightsHolder, string>> = {
  match: 'rights of a matcher',
  review: 'rights of the review service',
  serve: 'rights of hashset serve',
  sync: 'rights of sync',
  gateway: 'rights of the gateway',
  'gateway keys': 'rights of gateway keys',
  top: 'rights of top',
  platform: 'rights of a platform',
  'topics apply': 'rights of topics apply',
}

/** The text of deploy/kafka.md with its tables put in. */
export function withRightsTables(page: string): string {
  const { topics, match, review, sync } = loadSettings(undefined, {})
  return Object.entries(TABLES).reduce((text, [holder, table]) => {
    // The keys of TABLES are the holders.
    const rights = rightsOf(holder as RightsHolder, { topics, match, review, sync })
    return tablePut(text, table, rightRows(rights))
  }, page)
}

/** One row for rights that are alike but for the name. */
function rightRows(rights: readonly Right[]): Rows {
  const alike = Map.groupBy(rights, ({ resource, isPrefix, operations, useful, why, only }) =>
    JSON.stringify([resource, isPrefix, operations, useful, why, only]),
  )
  const rows = [...alike.values()].map((same) => {
    const [{ resource, isPrefix, operations, useful, why, only }] = same
    const names = same.map(({ name }) => `\`${name}\``).join(', ')
    const kind = same.length > 1 ? `${resource}s` : resource
    const needed = operations.map((operation) => `\`${operation}\``).join(', ')
    return [
      `${only === undefined ? '' : `${only}: `}${isPrefix ? `${kind}s with the prefix` : kind} ${names}`,
      useful === undefined
        ? needed
        : `${needed}; ${useful.map((one) => `\`${one}\``).join(', ')}, if you like`,
      why,
    ]
  })
  return [['resource', 'operations', 'what for'], ...rows]
}
