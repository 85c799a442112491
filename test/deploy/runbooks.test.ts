// Each alert has a page that says what it means and what to do, and what the page names exists.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { runbookUrl } from '../../src/telemetry/panels/runbooks.ts'
import { ALERTS, faultsOf } from './known-metrics.ts'

const ROOT = new URL('../../', import.meta.url)
const FOLDER = new URL('deploy/runbooks/', ROOT)
const read = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8')
const PAGES = globSync('*.md', { cwd: FOLDER })
  .map((file) => ({ alert: file.replace('.md', ''), text: read(`deploy/runbooks/${file}`) }))
  .sort((one, other) => (one.alert < other.alert ? -1 : 1))
const SOURCES = globSync('src/{cli,stream,kafka,lists,settings,telemetry,review,gateway}/**/*.ts', {
  cwd: ROOT,
})
  .map(read)
  .join('\n')

const CHAPTERS = ['Meaning', 'Impact', 'Diagnosis', 'Mitigation']

/** The texts of the code blocks of a language. */
const blocksOf = (text: string, language: string): readonly string[] =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^\`]*)\n\`\`\``, 'gm'))].map(([, code]) => code)

test('each alert has a runbook, each runbook has an alert, and the alert says where it is', () => {
  expect(PAGES.map(({ alert }) => alert)).toEqual(ALERTS.map(({ alert }) => alert).sort())
  for (const { alert, annotations } of ALERTS) expect(annotations.runbook_url).toBe(runbookUrl(alert))
})

describe.each(PAGES)('$alert', ({ alert, text }) => {
  test('says what it means, whom it hurts, how to find out why, and what to do', () => {
    expect(text.split('\n')[0]).toBe(`# ${alert}`)
    expect([...text.matchAll(/^## (.*)$/gm)].map(([, title]) => title)).toEqual(CHAPTERS)
    for (const chapter of text.split(/^## .*$/m).slice(1)) expect(chapter.trim().length).toBeGreaterThan(20)
  })

  test('asks Prometheus for what exists, quotes lines that the code writes, and links to pages that are there', () => {
    for (const query of blocksOf(text, 'promql')) expect(faultsOf(query), query).toEqual([])
    for (const [, line] of text.matchAll(/"([A-Z][^"]*)"/g)) expect(SOURCES).toContain(line)
    for (const [, link] of text.matchAll(/\]\(([^)]*)\)/g))
      expect(existsSync(new URL(link, FOLDER)), link).toBe(true)
  })
})
