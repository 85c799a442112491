// Pages that people write: what they claim of tests and messages holds, and there is one list of words.
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isCanaryValue } from '../../src/contract/canary.ts'
import { checkReport, decodeReport } from '../../src/contract/report.ts'
import type { HashValue } from '../../src/hash/hash-value.ts'
import { Rejection } from '../../src/contract/rejection.ts'

const ROOT = new URL('../../', import.meta.url)
const read = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8')
const PAGES = ['README.md', ...globSync(['deploy/**/*.md', '.github/*.md', 'src/**/*.md'], { cwd: ROOT })]

describe('deploy/guarantees.md', () => {
  const named = [
    ...read('deploy/guarantees.md').matchAll(/^- \[[^\]]+\]\(\.\.\/(test\/[^)]+\.test\.ts)\): "(.+)"$/gm),
  ].map(([, file, title]) => ({ file, title }))

  test('names tests under every promise', () => {
    const [, ...promises] = read('deploy/guarantees.md').split(/^## /m)
    const kept = promises.filter((promise) => !promise.startsWith('What is not promised'))
    expect(kept.length).toBeGreaterThan(7)
    for (const promise of kept) expect(promise, promise).toMatch(/^- \[.*\.test\.ts\): "/m)
  })

  test.each(['guarantees', 'security'])(
    'deploy/%s.md names each test by words that its file has, without a placeholder',
    (page) => {
      expect(read(`deploy/${page}.md`)).not.toMatch(/%[a-z]|\$\w/)
    },
  )

  test.each(named)('$file promises: $title', ({ file, title }) => {
    expect(existsSync(new URL(file, ROOT))).toBe(true)
    expect(read(file)).toMatch(new RegExp(`(?:test|each\\(.*|^)[^\\n]*['": ]${escaped(title)}['"]`, 'm'))
  })
})

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

describe('deploy/integrating.md', () => {
  const [first, ...others] = [...read('deploy/integrating.md').matchAll(/^```python\n([^]*?)^```$/gm)].map(
    ([, code]) => code,
  )

  test('its report is one that a matcher takes', () => {
    const { stdout, stderr } = spawnSync('python3', ['-c', first], { encoding: 'utf8' })
    const report = decodeReport(Buffer.from(stdout.trim()))
    expect(report instanceof Rejection ? report.toString() : report, stderr).toMatchObject({
      platform: 'example-platform',
      reportId: 'upload-8f31',
      // The upload's time, not the time of the report.
      observedAt: '2026-03-01T12:00:00Z',
    })
  })

  test('its producer is Python', () => {
    expect(others.length).toBe(1)
    const { status, stderr } = spawnSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], {
      input: others.join('\n'),
      encoding: 'utf8',
    })
    expect(status, stderr).toBe(0)
  })
})

test('there is one list of words, in src/README.md', () => {
  const lists = PAGES.filter((file) => /^\| word +\|/m.test(read(file)))
  expect(lists).toEqual(['src/README.md'])
})

test('the changelog has the version of package.json, and a place for what comes', () => {
  const { version }: { readonly version: string } = JSON.parse(read('package.json'))
  const changelog = read('.github/CHANGELOG.md')
  expect(changelog).toContain('## [Unreleased]')
  expect(changelog).toContain(`## [${version}]`)
})

test('the README leads each kind of reader to their pages, and every page of deploy/ is led to from somewhere', () => {
  const readme = read('README.md')
  const table = readme.slice(readme.indexOf('## Start here'), readme.indexOf('## Try it'))
  for (const who of ['platform', 'reviewer', 'operator', 'developer']) expect(table).toContain(who)
  const texts = PAGES.map((page) => ({ page, text: read(page) }))
  const unlinked = globSync('deploy/*.md', { cwd: ROOT }).filter((file) => {
    const name = file.replace('deploy/', '')
    return !texts.some(
      ({ page, text }) => page !== file && new RegExp(`\\]\\([^)]*\\b${name}[)#]`).test(text),
    )
  })
  expect(unlinked).toEqual([])
})

test('the first report of the README is of the canary file', () => {
  const [, text = ''] = /^`report\.json`:\n\n```json\n([^]*?)^```$/m.exec(read('README.md')) ?? []
  const report = checkReport({ ...JSON.parse(text), platform: 'example' })
  if (report instanceof Rejection) throw new Error(report.toString())
  expect(report.hashes.map(({ type, value }) => isCanaryValue(type, value as HashValue))).toEqual([true])
})
