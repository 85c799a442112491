// `hashwarden search`: two files of hashes in, all pairs near each other out; without Kafka.
import { Command, InvalidArgumentError, Option } from 'commander'
import { HASH_TYPES, HASH_TYPE_NAMES, isPerceptual, wordCount, type HashType } from '../hash/hash-type.ts'
import { ORIENTATIONS } from '../hash/orientation.ts'
import { INDEX_KINDS, type IndexKind } from '../search/index-kind.ts'
import { BATCH, readKnownValues, type KnownValues } from './search/known-values.ts'
import { PairLines } from './search/pair-lines.ts'
import { Progress } from './progress.ts'
import { mostValues, valueBatches, valueFile, type ValueFile } from './search/value-file.ts'
import { StandardOutput } from './standard-output.ts'

interface SearchOptions {
  readonly known: string
  readonly type: HashType
  readonly radius?: number
  readonly index: IndexKind | 'auto'
  readonly orientations?: true
}

const ALL_ORIENTATIONS = 2 ** ORIENTATIONS.length - 1

export const searchCommand = (): Command =>
  new Command('search')
    .description('find known values near or equal to others, offline: two files in, all pairs out')
    .argument('<queries>', 'file of values to search for; - reads standard input')
    .requiredOption('--known <file>', 'file of known values; - reads standard input')
    .addOption(new Option('--type <type>', 'of all values').choices(HASH_TYPE_NAMES).makeOptionMandatory())
    .option(
      '--radius <bits>',
      'greatest distance of a match; 0, equality, for md5, sha1 and sha256',
      parseRadius,
    )
    .addOption(
      new Option('--index <kind>', 'auto takes the one that finishes first, building included')
        .choices(['auto', ...INDEX_KINDS])
        .default('auto'),
    )
    .option('--orientations', 'match mirrored and turned copies too (pdq), and print which')
    .addHelpText(
      'after',
      `
Both files hold one value a line, in hexadecimal. Lines of \`type value\` and the output of \`hashwarden hash\` are read,
too: the values of --type are taken. Blank lines and lines that begin with # are passed over. Degenerate values (one
repeated byte, the hash of a blank picture or of an empty file) are left out and counted on standard error.
Prints a line for each pair: query, known value and distance, separated by tabs, and with --orientations how the known
picture was turned or mirrored. Pairs come in the order of the queries, then by distance, then by known value. All are
printed. A known value that occurs twice matches once; a query that occurs twice is
answered twice. Values are printed in lower case.

Standard error names bad lines. If the known file has one, nothing is searched; if the queries have one, the other lines are
answered.`,
    )
    .action(search)

async function search(queriesName: string, options: SearchOptions, command: Command): Promise<void> {
  const { known: knownName, type, index: kind } = options
  const maxDistanceBits = checkedRadius(options, command)
  if (options.orientations && !HASH_TYPES[type].orientable)
    command.error(`error: --orientations is for pdq: a turned picture's ${type} can't be predicted`)
  if (queriesName === '-' && knownName === '-')
    command.error('error: only one of both files can be standard input')

  const output = new StandardOutput()
  const queries = await valueFile(queriesName, type)
  const known = await valueFile(knownName, type)
  const progress = new Progress()
  try {
    const question = {
      kind,
      queryCount: mostValues(queries),
      maxDistanceBits,
      ...(options.orientations && { orientations: { mask: ALL_ORIENTATIONS, maxDistanceBits } }),
    }
    const values = await readKnownValues(known, question, progress)
    await answer(values, queries, new PairLines(options.orientations === true), output, progress)
  } finally {
    progress.end()
  }
}

/** Searches batch after batch, and writes at the pace of the output's reader. */
async function answer(
  known: KnownValues,
  file: ValueFile,
  lines: PairLines,
  output: StandardOutput,
  progress: Progress,
): Promise<void> {
  // Output lines on the same terminal show the progress by themselves.
  if (!process.stdout.isTTY) progress.reading('Queries', file.bytes)
  else progress.end()
  const words = wordCount(file.type)
  const value = new Uint32Array(words)
  const listener = {
    onRead: (bytes: number) => progress.done(bytes),
    onBadLines: (text: string) => {
      progress.say(text)
      process.exitCode = 1
    },
    onLeftOut: (text: string) => progress.say(text),
  }
  for await (const batch of valueBatches(file, BATCH, listener)) {
    for (const { query, matches, from, to } of known.find(batch)) {
      for (let at = from; at < to; at++) {
        known.copyValue(matches.ids[at], value, 0)
        lines.add({ words: batch, at: query * words }, value, matches.distances[at], matches.orientations[at])
        if (!lines.isFull) continue
        await output.write(lines.take())
      }
    }
    await output.write(lines.take())
  }
}

function checkedRadius({ type, radius }: SearchOptions, command: Command): number {
  if (isPerceptual(type)) return radius ?? command.error(`error: --radius is needed for ${type}`)
  if (radius !== undefined && radius > 0)
    command.error(`error: ${type} is compared by equality: --radius must be 0`)
  return 0
}

function parseRadius(text: string): number {
  const radius = Number(text)
  if (/^\d+$/.test(text) && radius <= 256) return radius
  throw new InvalidArgumentError('Expected a whole number of bits from 0 to 256.')
}
