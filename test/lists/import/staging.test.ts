import { mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Staging, StagingError } from '../../../src/lists/import/staging.ts'

/** A temporary folder of this test alone. */
function ownTemporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-staging-test-'))
  vi.stubEnv('TMPDIR', folder)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/** Files of this folder that this process has open, whether they have a name or not. */
const openIn = (folder: string): readonly string[] =>
  readdirSync('/proc/self/fd')
    .map((fd) => `/proc/self/fd/${fd}`)
    .filter((fd) => linkOf(fd).startsWith(folder))

function linkOf(fd: string): string {
  try {
    return readlinkSync(fd)
  } catch {
    return ''
  }
}

async function allOf<T>(staging: Staging<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const items of staging.read()) all.push(...items)
  return all
}

const LONG = 'ü€'.repeat(2_000)

test('what is written is read again and again, in order, whether it fits into memory or not', async () => {
  ownTemporaryFolder()
  for (const count of [0, 3, 3_000]) {
    const staging = new Staging<{ readonly n: number; readonly text: string }>()
    const written = Array.from({ length: count }, (_, n) => ({ n, text: `${LONG}\n"${n}` }))
    for (let from = 0; from < count; from += 7) await staging.write(written.slice(from, from + 7))
    expect(await allOf(staging)).toEqual(written)
    expect(await allOf(staging)).toEqual(written)
    await staging.close()
  }
})

test('a large list lies in a file that only its owner may open and that has no name, so that a kill leaves nothing', async () => {
  const folder = ownTemporaryFolder()
  const staging = new Staging<string>()
  for (let n = 0; n < 2_000; n++) await staging.write([LONG])
  expect(readdirSync(folder)).toEqual([])
  const [open, ...more] = openIn(folder)
  expect(more).toEqual([])
  expect(statSync(open).mode & 0o777).toBe(0o600)
  expect(statSync(open).nlink).toBe(0)
  await staging.close()
  expect(openIn(folder)).toEqual([])
})

test('a temporary folder that can’t be used is named, with what to do', async () => {
  vi.stubEnv('TMPDIR', join(ownTemporaryFolder(), 'missing'))
  const staging = new Staging<string>()
  const writing = (async () => {
    for (let n = 0; n < 2_000; n++) await staging.write([LONG])
  })()
  await expect(writing).rejects.toThrow(StagingError)
  await expect(writing).rejects.toThrow(/missing.*ENOENT.*TMPDIR.*Nothing was published/)
})
