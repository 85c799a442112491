// One page of a server's answer as a value, read as strictly as files are.
import { DamagedListError } from '../../list-item.ts'
import type { Route } from './route.ts'
import { JsonSplitter } from './splitter.ts'

const PAGE_MAX_BYTES = 32 * 1024 * 1024
const MARK = Buffer.from('\uFEFF')
const WHOLE: Route = { field: 'page' }

/**
 * The value of a JSON text. Integers beyond 2^53 are texts of their digits. Throws a DamagedListError, which never quotes
 * the text: not well-formed, not UTF-8, a name twice in one object, nested too deep, or over 32 MiB. A byte order mark
 * is left out.
 */
export function parseJsonPage(bytes: Buffer): unknown {
  let page: unknown
  const splitter = new JsonSplitter(
    WHOLE,
    { record: () => {}, refused: () => {}, field: (_, value) => (page = value) },
    { maxBytes: PAGE_MAX_BYTES },
  )
  splitter.push(bytes.subarray(0, MARK.length).equals(MARK) ? bytes.subarray(MARK.length) : bytes)
  splitter.end()
  if (page === undefined) throw new DamagedListError('The page has no value')
  return page
}
