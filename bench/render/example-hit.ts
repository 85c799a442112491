// The hit in the README: what the matcher makes of the report and the known hash that stand above it there.
import { encodeHit, type Hit } from '../../src/contract/hit.ts'
import { decodeKnownHash, knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { decodeReport } from '../../src/contract/report.ts'
import { PackedKnownSet } from '../../src/known/packed/packed-known-set.ts'
import { Matcher } from '../../src/matcher/matcher.ts'
import { loadPolicy } from '../../src/settings/load-settings.ts'

/** When the broker got the report. */
const RECEIVED_AT = '2026-03-04T05:06:08.123Z'
/** Of the known hash; the record `_topic` is at 0. */
const OFFSET = 1

/** The JSON blocks of a Markdown text, by their field `schema`. */
export function jsonExamples(markdown: string): ReadonlyMap<string, string> {
  const blocks = [...markdown.matchAll(/^```json\n(.*?)^```$/gms)].map(([, block]) => block)
  return new Map(blocks.map((block) => [String(JSON.parse(block).schema), block]))
}

/** The hit of the text's own report and known hash, as the real matcher makes it by the default policy. */
export async function exampleHit(markdown: string): Promise<Hit> {
  const examples = jsonExamples(markdown)
  const report = decodeReport(Buffer.from(examples.get('report/1') ?? ''))
  if (report instanceof Rejection) throw new Error(`The report of the README is none: ${report.toString()}`)
  const text = examples.get('known-hash/1') ?? ''
  const key = knownHashKey(JSON.parse(text) as KnownHash)
  const change = decodeKnownHash(Buffer.from(key), Buffer.from(text))
  if (change instanceof Rejection || change === 'not-searched')
    throw new Error(`The known hash of the README is none: ${change.toString()}`)
  const set = new PackedKnownSet({ index: 'flat' })
  try {
    set.apply(change, OFFSET)
    const [hit] = new Matcher(set, loadPolicy()).match([{ report, receivedAtMs: Date.parse(RECEIVED_AT) }])
    if (!hit) throw new Error('The report and the known hash of the README make no hit')
    // As a reader of the topic gets it.
    return JSON.parse(encodeHit(hit)) as Hit
  } finally {
    await set.close()
  }
}
