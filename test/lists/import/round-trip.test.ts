// What we export comes back in by what it declares, and what a list declares is heard, whatever its format.
import { describe, expect, test } from 'vitest'
import type { Entry } from '../../../src/contract/known-hash.ts'
import { exportText, type ExportFormat } from '../../../src/lists/curate/export-list.ts'
import { openList, type FormatName } from '../../../src/lists/formats/formats.ts'
import { formatTerms } from '../../../src/lists/import/format-terms.ts'
import { openIntake } from '../../../src/lists/import/intake.ts'
import type { IntakeSummary } from '../../../src/lists/import/summary.ts'
import type { IntakeTerms } from '../../../src/lists/import/terms.ts'
import { loadScheme } from '../../../src/lists/schemes/load-scheme.ts'
import { listFile } from '../list-files.ts'
import { file, FIRST, IntakeTopic, md5, TOPIC } from './intake-topic.ts'

/** Imports a list as the command does. */
async function importing(
  text: string,
  said: Partial<IntakeTerms> = {},
  format: FormatName | 'auto' = 'auto',
): Promise<{ readonly topic: IntakeTopic; readonly summary: IntakeSummary }> {
  const topic = await IntakeTopic.make()
  const opened = await openList(listFile(text), { format, role: said.role })
  const terms = { source: 'ncmec', ...said, ...formatTerms(opened.format, said) }
  const intake = await openIntake(topic.log, TOPIC, terms)
  return { topic, summary: await intake.apply(opened.items, { now: FIRST }) }
}

const exported = (entries: readonly Entry[], format: ExportFormat): string =>
  [...exportText(entries, format, { written: 0, leftOut: 0 })].join('')

/** The entries of a source whose list follows this scheme. */
async function entriesOf(scheme: string, code: string): Promise<readonly Entry[]> {
  const topic = await IntakeTopic.make()
  const terms = { source: 'ncmec', repeats: 'unite', scheme: loadScheme(scheme) } as const
  const intake = await openIntake(topic.log, TOPIC, terms)
  const listed = [file('1', [md5(1)], { code }), file('2', [md5(2)], { code })]
  await intake.apply([listed], { now: FIRST })
  return [...(await topic.entries()).values()]
}

describe('an export', () => {
  test.each<[ExportFormat, string, string]>([
    ['csv', 'vics-us', '1'],
    ['csv', 'ncmec', 'unclassified'],
    ['csv', 'icse', 'Not baseline'],
    ['vics', 'vics-us', '2'],
    ['vics', 'ncmec', 'A1'],
  ])('as %s of a list of %s is imported as the same entries, with nothing said', async (format, ...of) => {
    const entries = await entriesOf(...of)
    const { topic, summary } = await importing(exported(entries, format))
    expect(summary).toMatchObject({ added: 2, rejectedCount: 0 })
    expect([...(await topic.entries()).values()]).toEqual(entries)
  })

  test.each(['vics-us', 'US'])('of vics-us may be read by that scheme’s name, declaring %s', async (name) => {
    const text = exported(await entriesOf('vics-us', '1'), 'vics')
    const declaring = text.replace('/US/', `/${name}/`)
    const { summary } = await importing(declaring, { scheme: loadScheme('vics-us') })
    expect(summary).toMatchObject({ added: 2 })
  })
})

const NAMESPACE = 'https://hashsharing.ncmec.org/hashsharing/v2'
/** A page as an instance of hashwarden serves it: of lists of several schemes. */
const ncmecPage = (...classes: readonly string[]): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<queryResult xmlns="${NAMESPACE}"><images>${classes
    .map(
      (declared, at) =>
        `<image><member id="42">A</member><timestamp>2026-01-10T08:00:00Z</timestamp><id>${at}</id>${declared}<fingerprints><md5>${md5(at).value}</md5></fingerprints></image>`,
    )
    .join('')}</images></queryResult>`

describe('a record that declares another scheme than that of its format', () => {
  test('is understood by the scheme that it declares', async () => {
    const { topic, summary } = await importing(
      ncmecPage(
        '<classification scheme="vics-us">0</classification>',
        '<classification scheme="vics-us">1</classification>',
        '<classification>A1</classification>',
      ),
    )
    expect(summary).toMatchObject({ added: 2, skipped: { 'vics-us 0: non-pertinent': 1 } })
    expect([...(await topic.entries()).values()].map((entry) => entry.classification)).toEqual([
      { scheme: 'vics-us', code: '1' },
      { scheme: 'ncmec', code: 'A1' },
    ])
  })

  test('is refused if nothing here explains it; the others come in', async () => {
    const { summary } = await importing(
      ncmecPage('<classification scheme="other">A1</classification>', '<classification>A1</classification>'),
    )
    expect(summary).toMatchObject({
      added: 1,
      rejectedCount: 1,
      rejected: [{ reason: expect.stringContaining('--scheme') }],
    })
  })
})

describe('a list of matches', () => {
  test('of ThreatExchange comes in only once its purpose is said', async () => {
    const text = `signal_type,signal_str,collab,category\nmd5,${md5(1).value},c,POSITIVE_CLASS\n`
    await expect(importing(text, {}, 'threatexchange')).rejects.toThrow(/--purpose csam\|/)
    const { topic } = await importing(text, { purpose: 'terrorism' }, 'threatexchange')
    expect([...(await topic.entries()).values()]).toMatchObject([{ purpose: 'terrorism' }])
  })

  test('in a form that benign files have is none by a scheme that takes files without a code', async () => {
    const { summary } = await importing(`md5 ${md5(1).value}\n`, { scheme: loadScheme('ncmec') })
    expect(summary).toMatchObject({ added: 0, rejectedCount: 1 })
  })
})
