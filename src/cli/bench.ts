// `hashwarden bench`: runs the benchmarks of bench/.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'
import { inCheckout } from './checkout.ts'

// Benchmarks import the rooms, and no room imports a benchmark: so it is started as a process.
const SEARCH = 'bench/search/run.ts'

const SMALLEST_SET = 100_000

interface SearchBenchOptions {
  readonly whole?: true
  readonly peers?: true
  readonly largest?: number
}

export const benchCommand = (): Command =>
  new Command('bench')
    .description('measure hashwarden on this machine')
    .addCommand(
      new Command('search')
        .description(
          'time similarity search against known sets of different sizes, recall checked; a few minutes',
        )
        .option(
          '--peers',
          'time faiss, PDQIndex and mnemonist too; installs them into .cache/peers with Python',
        )
        .option('--whole', 'everything, up to 30 million known hashes: hours; replaces bench/results')
        .option('--largest <n>', 'leave out sets of more known hashes', parseLargest)
        .action(search),
    )

async function search({ whole, peers, largest }: SearchBenchOptions): Promise<void> {
  const flags = [
    ...(whole ? [] : ['--quick']),
    peers ? '--peers' : '--no-peers',
    ...(largest === undefined ? [] : ['--largest', String(largest)]),
  ]
  const child = spawn(process.execPath, [inCheckout(SEARCH, 'bench search'), ...flags], { stdio: 'inherit' })
  // The terminal's Ctrl-C reaches both processes: the benchmark ends first, then this one.
  process.on('SIGINT', () => {})
  process.exitCode = await new Promise<number>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
}

function parseLargest(text: string): number {
  const largest = Number(text)
  if (Number.isSafeInteger(largest) && largest >= SMALLEST_SET) return largest
  throw new InvalidArgumentError(`Expected a whole number of at least ${SMALLEST_SET}, the smallest set.`)
}
