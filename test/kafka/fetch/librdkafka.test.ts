// Interleaved transactions as a real broker keeps them, read as librdkafka's read_committed reads them. They were recorded
// by test/faults/transactions.ts (npm run transactions -- --record).
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { MAX_UNPACKED_BYTES } from '../../../src/kafka/fetch/compression.ts'
import { readBatches } from '../../../src/kafka/fetch/read-batches.ts'
import { storedBatches } from '../../../src/kafka/fetch/record-batch.ts'

interface Recorded {
  readonly batches: string
  readonly aborted: readonly {
    readonly producerId: number
    readonly firstOffset: number
    readonly lastOffset: number
  }[]
  readonly read: readonly number[]
}

const cases: readonly Recorded[] = JSON.parse(
  readFileSync(new URL('../../data/transactions.json', import.meta.url), 'utf8'),
)

test.each([1, 2, 3, 7, 1_000])('fetches of %d batches bring what librdkafka reads', async (batchesAFetch) => {
  expect(cases.reduce((sum, { aborted }) => sum + aborted.length, 0)).toBeGreaterThan(20)
  for (const { batches, aborted, read } of cases) {
    const bytes = gunzipSync(Buffer.from(batches, 'base64'))
    const stored = [...storedBatches(bytes)]
    const offsets: number[] = []
    let at = 0
    for (let n = 0; n < stored.length; n += batchesAFetch) {
      const some = stored.slice(n, n + batchesAFetch)
      const [{ firstOffset }] = some
      const end = some[some.length - 1].lastOffset + 1
      // A header is 61 bytes long, in front of the packed records.
      const length = some.reduce((sum, { packed }) => sum + 61 + packed.length, 0)
      const ofFetch = aborted
        .filter((one) => one.lastOffset >= firstOffset && one.firstOffset < end)
        .map((one) => ({ producerId: BigInt(one.producerId), firstOffset: one.firstOffset }))
      const fetched = await readBatches(
        bytes.subarray(at, at + length),
        { bytes: MAX_UNPACKED_BYTES },
        { aborted: ofFetch, endOffset: end },
      )
      at += length
      offsets.push(...fetched.records.map(({ offset }) => offset))
    }
    expect(offsets).toEqual(read)
  }
})
