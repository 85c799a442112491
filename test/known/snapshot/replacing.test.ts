import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { SnapshotWriteError, writeSnapshot } from '../../../src/known/snapshot/write-snapshot.ts'
import { FACTS } from './snapshot-facts.ts'
import { bytesOfText, load, temporaryFolder, write } from './snapshot-files.ts'

const WRITER = fileURLToPath(new URL('snapshot-writer.ts', import.meta.url))
const OLD = { all: bytesOfText('old') }

/** A folder with a snapshot in it. */
async function withOldSnapshot(): Promise<{ folder: string; file: string }> {
  const folder = temporaryFolder()
  const file = join(folder, 'known.snapshot')
  await write(file, OLD)
  return { folder, file }
}

function failing(): never {
  throw new RangeError('a column has moved')
}

/** As if nobody had written to these files for eleven minutes. */
function age(folder: string, names: readonly string[]): void {
  const then = Date.now() / 1000 - 11 * 60
  for (const name of names) utimesSync(join(folder, name), then, then)
}

const partials = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.partial'))

test('a writer that is killed in the middle leaves the older snapshot, and a later one tidies up', async () => {
  const { folder, file } = await withOldSnapshot()
  const writer = spawn(process.execPath, [WRITER, file, '65536', 'hang'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void writer.kill('SIGKILL'))
  await once(writer.stdout, 'data')
  // Nobody takes its file away: it may live, on another machine or in another container.
  await write(file, OLD)
  expect(partials(folder)).toHaveLength(1)
  writer.kill('SIGKILL')
  await once(writer, 'exit')
  await write(file, OLD)
  expect(partials(folder)).toHaveLength(1)
  expect(await load(file)).toEqual(OLD)
  age(folder, partials(folder))
  await write(file, { all: bytesOfText('next') })
  expect(readdirSync(folder)).toEqual([basename(file)])
  expect(await load(file)).toEqual({ all: bytesOfText('next') })
})

test('a disk that is full leaves the older snapshot and nothing else', async () => {
  const { folder, file } = await withOldSnapshot()
  // The limit of a file's size, in KiB, refuses a write as a full disk does.
  const writer = ['-c', 'ulimit -f 16; exec "$@"', 'bash', process.execPath, WRITER, file, '65536']
  const { status, stdout } = spawnSync('bash', writer, { encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stdout).toMatch(/SnapshotWriteError: Cannot write the snapshot .*EFBIG/)
  expect(readdirSync(folder)).toEqual([basename(file)])
  expect(await load(file)).toEqual(OLD)
})

test('a write that is given up leaves the older snapshot and nothing else', async () => {
  const { folder, file } = await withOldSnapshot()
  const stopping = new AbortController()
  const writing = writeSnapshot(
    file,
    FACTS,
    [{ name: 'all', byteLength: 4096, copy: (from) => from === 2048 && stopping.abort() }],
    { chunkBytes: 1024, signal: stopping.signal },
  )
  await expect(writing).rejects.toThrow('aborted')
  expect(readdirSync(folder)).toEqual([basename(file)])
  expect(await load(file)).toEqual(OLD)
})

test('a state that fails while it is copied leaves the older snapshot', async () => {
  const { folder, file } = await withOldSnapshot()
  const writing = writeSnapshot(file, FACTS, [{ name: 'all', byteLength: 10, copy: failing }])
  await expect(writing).rejects.toThrow(SnapshotWriteError)
  expect(readdirSync(folder)).toEqual([basename(file)])
})

test('a folder that is not there is named', async () => {
  const writing = write('/nowhere/known.snapshot', OLD)
  await expect(writing).rejects.toThrow(/Cannot write the snapshot \/nowhere\/known\.snapshot.*ENOENT/)
})

test('tidying up takes nothing that only looks like it', async () => {
  const { folder, file } = await withOldSnapshot()
  const others = ['.known.snapshot.note', '.known.snapshot.1-0.partial', `.other.${'0'.repeat(32)}.partial`]
  for (const name of others) writeFileSync(join(folder, name), '')
  const aFolder = `.known.snapshot.${'1'.repeat(32)}.partial`
  mkdirSync(join(folder, aFolder))
  const leftover = `.known.snapshot.${'2'.repeat(32)}.partial`
  writeFileSync(join(folder, leftover), '')
  age(folder, [...others, aFolder, leftover])
  await write(file, OLD)
  expect(readdirSync(folder).sort()).toEqual([...others, aFolder, 'known.snapshot'].sort())
})
