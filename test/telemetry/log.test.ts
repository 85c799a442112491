import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const LOG = fileURLToPath(new URL('../../src/telemetry/log.ts', import.meta.url))

/** Writes a program that uses the log; returns its path and that of a file beside it. */
function program(source: (logFile: string) => string): { readonly path: string; readonly logFile: string } {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'program.mts')
  const logFile = join(folder, 'logs', 'log')
  writeFileSync(path, `import { createLogger } from ${JSON.stringify(LOG)}\n${source(logFile)}`)
  return { path, logFile }
}

const messages = (lines: string): readonly string[] =>
  lines
    .trimEnd()
    .split('\n')
    .map((line): string => JSON.parse(line).msg)

test('a disk that is full for the log ends nothing, and lines come again when there is room', () => {
  // The limit of a file's size refuses a write as a full disk does; the process may raise it again by prlimit.
  const { path, logFile } = program(
    (file) => `import { execFileSync } from 'node:child_process'
let lost = 0
const logger = createLogger('info', { file: ${JSON.stringify(file)}, onLost: () => lost++ })
const limit = (bytes: string) => execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=' + bytes + ':'])
logger.info('before')
limit('1')
logger.error('meanwhile')
logger.fatal('meanwhile')
limit('unlimited')
logger.info('after')
console.log('alive, lost ' + lost)`,
  )
  const said = execFileSync(process.execPath, [path], { encoding: 'utf8' })
  expect(said).toBe('alive, lost 2\n')
  expect(messages(readFileSync(logFile, 'utf8'))).toEqual(['before', 'after'])
})

test('lines that a full pipe does not take are counted, and no other line is torn by them', async () => {
  const LINES = 20_000
  // An open socket on the descriptor makes it one that refuses to wait, as many a supervisor's pipe is.
  const { path } = program(
    () => `import { Socket } from 'node:net'
new Socket({ fd: 2, readable: false }).unref()
let lost = 0
const logger = createLogger('info', { onLost: () => lost++ })
for (let line = 0; line < ${LINES}; line++) logger.info({ filler: 'x'.repeat(line % 300) }, 'line')
process.stdin.once('data', () => {
  logger.info('after')
  process.exit()
})
console.log(lost)`,
  )
  const child = spawn(process.execPath, [path], { stdio: 'pipe' })
  onTestFinished(() => void child.kill())
  const [said]: readonly unknown[] = await once(child.stdout, 'data')
  const lost = Number(String(said))
  expect(lost).toBeGreaterThan(0)
  // Reading makes room again.
  const written = text(child.stderr)
  child.stderr.once('data', () => setTimeout(() => child.stdin.write('go on\n'), 500))
  const read = messages(await written)
  expect(read.filter((message) => message === 'line').length).toBe(LINES - lost)
  expect(read.at(-1)).toBe('after')
})
