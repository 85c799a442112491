// The spool of the client on real files: what was added comes out again, whatever happens to the process and the disk.
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { encodeRecord } from '../../src/report-client/spool/record.ts'
import { Spool, SpoolFullError } from '../../src/report-client/spool/spool.ts'

const MANY = { reports: 1_000, bytes: 1_000_000 }
const MAX_BYTES = 100_000

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-spool-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** All that waits, released batch by batch. */
async function drain(spool: Spool, reports = MANY.reports): Promise<readonly string[]> {
  const texts: string[] = []
  for (;;) {
    const batch = await spool.next(reports, MANY.bytes)
    if (batch === undefined) return texts
    texts.push(...batch.texts)
    await spool.release(batch)
  }
}

const files = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.endsWith('.spool'))

test('reports come out in the order in which they came, once each, and leave no file', async () => {
  const folder = newFolder()
  const spool = new Spool(folder, MAX_BYTES)
  const texts = Array.from({ length: 50 }, (_, at) => `{"n":${at}}`)
  await Promise.all(texts.map((text) => spool.add(text)))
  expect(await drain(spool, 7)).toEqual(texts)
  expect(spool.isEmpty).toBe(true)
  expect(files(folder)).toEqual([])
  await spool.add('{"n":50}')
  expect(await drain(spool)).toEqual(['{"n":50}'])
  await spool.close()
})

test('what was not released is there for the next process', async () => {
  const folder = newFolder()
  const first = new Spool(folder, MAX_BYTES)
  await first.add('{"n":1}')
  await first.add('{"n":2}')
  const batch = await first.next(1, MANY.bytes)
  expect(batch?.texts).toEqual(['{"n":1}'])
  await first.close()
  const second = new Spool(folder, MAX_BYTES)
  expect(second.isEmpty).toBe(false)
  expect(await drain(second)).toEqual(['{"n":1}', '{"n":2}'])
  await second.close()
})

test('a full spool refuses a report, keeps what it has, and takes reports again once some were released', async () => {
  const spool = new Spool(newFolder(), 100)
  await spool.add('x'.repeat(70))
  await expect(spool.add('y'.repeat(70))).rejects.toThrow(SpoolFullError)
  expect(await drain(spool)).toEqual(['x'.repeat(70)])
  await spool.add('y'.repeat(70))
  expect(await drain(spool)).toEqual(['y'.repeat(70)])
  await spool.close()
})

test('a folder has one client at a time; one whose process is gone has it no longer', async () => {
  const folder = newFolder()
  const first = new Spool(folder, MAX_BYTES)
  expect(() => new Spool(folder, MAX_BYTES)).toThrow(/in use/)
  await first.close()
  // The process of this number cannot be: numbers end before.
  writeFileSync(join(folder, 'lock'), '99999999')
  await new Spool(folder, MAX_BYTES).close()
  writeFileSync(join(folder, 'lock'), String(process.ppid))
  expect(() => new Spool(folder, MAX_BYTES)).toThrow(/in use by the process/)
})

test('however a file is damaged, each record that is still whole is sent, and nothing else', async () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { minLength: 1, maxLength: 12 }),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 4 }),
      fc.option(fc.nat(), { nil: undefined }),
      async (texts, flips, cut) => {
        const folder = mkdtempSync(join(tmpdir(), 'hashwarden-spool-'))
        try {
          const path = join(folder, '000000000007.spool')
          const records = texts.map((one) => encodeRecord(one))
          const bytes = Buffer.concat(records)
          for (const [at, mask] of flips) bytes[at % bytes.length] ^= mask
          const length = cut === undefined ? bytes.length : cut % (bytes.length + 1)
          writeFileSync(path, bytes.subarray(0, length))
          let start = 0
          const whole = records.flatMap((record, at) => {
            const from = start
            start += record.length
            return start <= length && bytes.subarray(from, start).equals(record) ? [texts[at]] : []
          })
          const spool = new Spool(folder, MAX_BYTES)
          expect(await drain(spool, 3)).toEqual(whole)
          expect(files(folder)).toEqual([])
          await spool.close()
        } finally {
          rmSync(folder, { recursive: true, force: true })
        }
      },
    ),
    { numRuns: 200 },
  )
})

test('a file that is damaged while the client runs loses what is damaged, and says how much', async () => {
  const folder = newFolder()
  const spool = new Spool(folder, MAX_BYTES)
  await spool.add('{"n":1}')
  await spool.add('{"n":2}')
  const [name] = files(folder)
  const bytes = readFileSync(join(folder, name))
  bytes[14] ^= 1
  writeFileSync(join(folder, name), bytes)
  expect(await drain(spool)).toEqual(['{"n":2}'])
  expect(spool.damagedBytes).toBe(encodeRecord('{"n":1}').length)
  await spool.close()
})

test('a record that was being written when the process ended is cut off, and what is added next is read', async () => {
  const folder = newFolder()
  const first = new Spool(folder, MAX_BYTES)
  await first.add('{"n":1}')
  await first.close()
  const [name] = files(folder)
  appendFileSync(join(folder, name), encodeRecord('{"n":2}').subarray(0, 15))
  const second = new Spool(folder, MAX_BYTES)
  await second.add('{"n":3}')
  expect(await drain(second)).toEqual(['{"n":1}', '{"n":3}'])
  await second.close()
})
