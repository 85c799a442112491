import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { USUAL_LOAD } from '../../src/capacity/figure.ts'
import { capacityCommand } from '../../src/cli/capacity.ts'

const ROOT = new URL('../..', import.meta.url)
const LOAD = ['--reports', '100000', '--known', '50000000']

function capacity(...words: readonly string[]) {
  return spawnSync(process.execPath, ['src/cli/main.ts', 'capacity', ...words], {
    cwd: ROOT,
    encoding: 'utf8',
    // It asks no broker.
    env: { ...process.env, KAFKA_BROKERS: '127.0.0.1:1' },
  })
}

describe('hashwarden capacity', () => {
  test('prints each figure with its formula, its measurement and its margin, and what lies beyond', () => {
    const { status, stdout } = capacity(...LOAD)
    expect(status).toBe(0)
    const figures = stdout.match(/^ {2}\S.*: [\d,.]+.*\n {4}= .*\n {4}measured: .*\n {4}margin: .*$/gm) ?? []
    expect(figures.length).toBeGreaterThan(12)
    expect(stdout).toContain('BEYOND WHAT WAS MEASURED')
    expect(stdout).toContain('50,000,000 known hashes: the whole matcher was measured up to 10,000,000')
  })

  test('prints the same as one line of JSON', () => {
    const { stdout } = capacity(...LOAD, '--json')
    expect(stdout.trim().split('\n').length).toBe(1)
    const { asked, figures, beyond, impossible } = JSON.parse(stdout)
    expect(asked).toMatchObject({ reports: 100_000, known: 50_000_000, ...USUAL_LOAD })
    expect(figures.length).toBeGreaterThan(12)
    expect(beyond.length).toBe(3)
    expect(impossible).toEqual([])
  })

  test('has the options that the page names, with the values that its tables take as given', () => {
    const page = readFileSync(new URL('deploy/capacity.md', ROOT), 'utf8')
    const named = [...page.matchAll(/^\| `(--[\w-]+)` \| (\S+) \|/gm)].map(([, option, given]) => [
      option,
      given,
    ])
    const given = capacityCommand()
      .options.filter(({ defaultValue }) => defaultValue !== undefined)
      .map(({ long, defaultValue }) => [long, String(defaultValue)])
    expect(named).toEqual(given)
  })

  test('ends with exit code 2 where one process can’t hold the set', () => {
    const { status, stdout } = capacity('--reports', '1', '--known', '900000000')
    expect(status).toBe(2)
    expect(stdout).toContain('IMPOSSIBLE\n  One process holds at most')
  })

  test.each([
    ['--reports', '0'],
    ['--reports', '-5'],
    ['--reports', '1e5'],
    ['--known', 'many'],
    ['--known', '1.5'],
    ['--known', '999999999999'],
    ['--id-bytes', '0'],
    ['--id-bytes', '65'],
    ['--orientations', '4'],
    ['--replication', '0'],
    ['--retention', '31'],
    ['--cores', '0'],
    ['--hit-rate', '2'],
    ['--hit-rate', ''],
  ])('refuses %s %s, and says what it expects', (option, value) => {
    const { status, stderr, stdout } = capacity(...LOAD, option, value)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/error: option '.*' argument is invalid\. Expected /)
  })

  test('does without no load', () => {
    expect(capacity('--known', '1').stderr).toContain("required option '--reports <n>' not specified")
  })
})
