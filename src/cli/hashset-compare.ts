// `hashwarden hashset compare`: whether another deployment has the same hashes, without either showing them.
import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { canonicalJson } from '../contract/json.ts'
import { Rejection } from '../contract/rejection.ts'
import { readSnapshotKey } from '../known/snapshot/snapshot-key.ts'
import {
  compareSets,
  SummaryError,
  type SourceComparison,
  type SourcePair,
} from '../lists/compare/compare-sets.ts'
import { decodeSetSummary, summariseSet, type SetSummary } from '../lists/compare/set-summary.ts'
import { CONFIG_OPTION, withLog, type ConfigOption } from './session.ts'
import { StandardOutput } from './standard-output.ts'
import { table } from './top/lines.ts'

const DIFFERENT = 2
/** Digits of a digest that are shown: enough to see that two differ. */
const SHOWN_DIGITS = 16
/** Parts that are named. */
const NAMED = 8

interface CompareOptions extends ConfigOption {
  readonly keyFile: string
  readonly source?: readonly SourcePair[]
  readonly json?: true
}

export const compareCommand = (): Command =>
  new Command('compare')
    .description(
      'sum up what each source holds as keyed digests, or compare that with the --json of another deployment',
    )
    .argument('[file]', 'what `hashset compare --json` has printed there')
    .requiredOption(
      '--key-file <file>',
      'a key that both sides have: 32 raw bytes or 64 hexadecimal digits, as `openssl rand -hex 32` writes them',
    )
    .option(
      '--source <ours[=theirs]>',
      'only this source, and its name there if it is another; can be repeated (default: those that the file names)',
      sourcePair,
    )
    .option('--json', 'print it as JSON; without a file, that is what the other side needs')
    .option(...CONFIG_OPTION)
    .addHelpText(
      'after',
      `
What counts are the different values of entries that are matched or kept: of role match, not held back. Without the key the
JSON says how many there are, by source and part, and nothing of the values themselves. Who has the key can test values against a part
that has one value, or that differs from theirs (or from an earlier summary) in one value: give it to deployments that you trust, and
make another one for each. For the other side name the sources that you both have (--source): the JSON has those alone.`,
    )
    .action(compare)

function sourcePair(text: string, before: readonly SourcePair[] = []): readonly SourcePair[] {
  const [, ours, theirs = ours] = /^([a-z0-9-]{1,32})(?:=([a-z0-9-]{1,32}))?$/.exec(text) ?? []
  if (ours === undefined || theirs === undefined)
    throw new InvalidArgumentError('Expected the name of a source, or ours=theirs.')
  return [...before, { ours, theirs }]
}

async function compare(file: string | undefined, options: CompareOptions): Promise<void> {
  if (file === undefined && options.json && options.source === undefined)
    throw new SummaryError(
      'Which sources does the other side have, too? Pass --source for each: the JSON leaves this deployment, and tells the size of every source in it.',
    )
  const key = await readSnapshotKey(options.keyFile)
  // Before the topic is read, which takes longer.
  const there = file === undefined ? undefined : readSummary(file)
  const output = new StandardOutput()
  await withLog(options, async (log, { topics }) => {
    const here = onlyOf(
      await summariseSet(log, topics.knownHashes, key, new Date()),
      there ? undefined : options.source,
    )
    if (there === undefined) {
      await output.line(options.json ? canonicalJson(here) : summaryLines(here).join('\n'))
      return
    }
    const comparisons = compareSets(here, there, options.source ?? sourcesOf(there))
    await output.line(
      options.json
        ? canonicalJson({ sources: comparisons.map(printedOf) })
        : comparisonLines(comparisons).join('\n'),
    )
    if (comparisons.some(({ isEqual }) => !isEqual)) process.exitCode = DIFFERENT
  })
}

function readSummary(file: string): SetSummary {
  const summary = decodeSetSummary(readFileSync(file))
  if (summary instanceof Rejection)
    throw new SummaryError(
      `${file} is not what \`hashwarden hashset compare --json\` prints (${summary.toString()}): make it again there`,
    )
  return summary
}

/** All that the other side has named, under the same names here. */
const sourcesOf = ({ sources }: SetSummary): readonly SourcePair[] =>
  Object.keys(sources).map((name) => ({ ours: name, theirs: name }))

function onlyOf(summary: SetSummary, pairs: readonly SourcePair[] | undefined): SetSummary {
  if (pairs === undefined) return summary
  const names = new Set(pairs.map(({ ours }) => ours))
  const sources = Object.fromEntries(Object.entries(summary.sources).filter(([name]) => names.has(name)))
  return { ...summary, sources }
}

const count = (number: number | undefined): string => (number ?? 0).toLocaleString('en')

const summaryLines = ({ sources }: SetSummary): readonly string[] =>
  table(
    ['source', 'entries', 'values', 'digest'],
    Object.entries(sources).map(([name, { entries, values, digest }]) => [
      name,
      count(entries),
      count(values),
      digest.slice(0, SHOWN_DIGITS),
    ]),
  ).map(({ text }) => text)

function comparisonLines(comparisons: readonly SourceComparison[]): readonly string[] {
  const rows = comparisons.map(({ ours, theirs, here, there, isEqual, differing }) => [
    ours === theirs ? ours : `${ours} = ${theirs}`,
    count(here?.values),
    count(there?.values),
    isEqual ? 'equal' : `differs in ${differing.length} of 256 parts: ${named(differing)}`,
  ])
  return table(['source', 'values here', 'values there', 'result'], rows).map(({ text }) => text)
}

const named = (parts: readonly string[]): string =>
  parts.length <= NAMED ? parts.join(' ') : `${parts.slice(0, NAMED).join(' ')} …`

const printedOf = ({ ours, theirs, isEqual, here, there, differing }: SourceComparison): object => ({
  ours,
  theirs,
  isEqual,
  here: { entries: here?.entries ?? 0, values: here?.values ?? 0 },
  there: { entries: there?.entries ?? 0, values: there?.values ?? 0 },
  differing,
})
