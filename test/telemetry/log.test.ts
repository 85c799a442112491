import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const LOG = fileURLToPath(new URL('../../src/telemetry/log.ts', import.meta.url))

test('a disk that is full for the log ends nothing, and lines come again when there is room', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-log-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const program = join(folder, 'program.mts')
  const file = join(folder, 'logs', 'log')
  // The limit of a file's size refuses a write as a full disk does; the process may raise it again by prlimit.
  writeFileSync(
    program,
    `import { execFileSync } from 'node:child_process'
import { createLogger } from ${JSON.stringify(LOG)}
const logger = createLogger('info', ${JSON.stringify(file)})
const limit = (bytes: string) => execFileSync('prlimit', ['--pid', String(process.pid), '--fsize=' + bytes + ':'])
logger.info('before')
limit('1')
logger.error('meanwhile')
logger.fatal('meanwhile')
limit('unlimited')
logger.info('after')
console.log('alive')`,
  )
  expect(execFileSync(process.execPath, [program], { encoding: 'utf8', timeout: 30_000 })).toBe('alive\n')
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['before', 'after'])
})
