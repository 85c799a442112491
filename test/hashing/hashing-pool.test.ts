import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { expect, onTestFinished, test } from 'vitest'
import { bytePath } from '../../src/hashing/file-path.ts'
import { HashingError } from '../../src/hashing/hashing-error.ts'
import { HashingPool } from '../../src/hashing/hashing-pool.ts'
import { DEFAULT_LIMITS, type HashingLimits } from '../../src/hashing/limits.ts'
import { photographs } from '../../src/sample/photographs.ts'
import { temporaryFolder, writeIn } from './picture-files.ts'

const DIGESTS = ['sha256', 'sha1', 'md5']
const [{ path: photograph }] = photographs()

function poolOf(limits: Partial<HashingLimits>): HashingPool {
  const pool = new HashingPool({ ...DEFAULT_LIMITS, ...limits }, 1)
  onTestFinished(() => pool.close())
  return pool
}

/** The types of the hashes that a file gets, and the code of its warning. */
async function outcome(
  pool: HashingPool,
  file: string,
): Promise<readonly [types: string[], warning?: string]> {
  const hashed = await pool.hash(bytePath(file))
  if (hashed instanceof HashingError) throw hashed
  const types = hashed[0].hashes.map(({ type }) => type)
  return hashed[0].warning ? [types, hashed[0].warning.code] : [types]
}

/** 64 million pixels in a few hundred kilobytes: within the limits of size, and some seconds of work. */
const slowPicture = (folder: string): Promise<string> =>
  sharp({ create: { width: 8_000, height: 8_000, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
    .then((bytes) => writeIn(folder, 'slow.png', bytes))

const ALL = [...DIGESTS, 'pdq', 'blockhash']

test('a picture that takes too long keeps its digests, and the next file is hashed', async () => {
  const slow = await slowPicture(temporaryFolder())
  const pool = poolOf({ maxSeconds: 0.001 })
  expect(await outcome(pool, slow)).toEqual([DIGESTS, 'too-slow'])
  const patient = poolOf({})
  expect(await outcome(patient, photograph)).toEqual([ALL])
})

test('a picture that takes too much memory keeps its digests, and the next file is hashed', async () => {
  const slow = await slowPicture(temporaryFolder())
  const pool = poolOf({ maxMemoryMib: 200 })
  expect(await outcome(pool, slow)).toEqual([DIGESTS, 'too-much-memory'])
  expect(await outcome(pool, photograph)).toEqual([ALL])
})

test('a decoder that breaks says so, and the next file is hashed', async () => {
  const slow = await slowPicture(temporaryFolder())
  const pool = poolOf({})
  const hashing = pool.hash(bytePath(slow))
  // A picture that breaks libvips ends its process by this signal.
  process.kill(hashingProcess(), 'SIGSEGV')
  const broken = await hashing
  expect(broken instanceof HashingError ? broken.code : broken[0].warning?.code).toBe('decoder-ended')
  expect(await outcome(pool, photograph)).toEqual([ALL])
})

/** The process that this one's pool has started. */
function hashingProcess(): number {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'latin1')
    .trim()
    .split(' ')
  const found = children.find((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('hashing-process'),
  )
  if (found === undefined) throw new Error('the pool has no process')
  return Number(found)
}
