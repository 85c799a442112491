// `hashwarden dlq`: lists dead letters, and submits the records again that they point to.
import { Command, InvalidArgumentError, Option } from 'commander'
import type { RecordPointer } from '../contract/dead-letter.ts'
import { timestampOf } from '../contract/primitives.ts'
import { REJECTION_CODES } from '../contract/rejection.ts'
import { printable } from '../hashing/file-path.ts'
import { listDeadLetters, replayDeadLetters, type ListedDeadLetter } from '../stream/topics/dead-letters.ts'
import { CONFIG_OPTION, withLog, type ConfigOption } from './session.ts'
import { jsonLine, StandardOutput } from './standard-output.ts'

interface ListOptions extends ConfigOption {
  readonly json?: true
}

interface ReplayOptions extends ConfigOption {
  readonly at: readonly RecordPointer[]
  readonly reason?: string
  readonly all?: true
}

export const dlqCommand = (): Command =>
  new Command('dlq')
    .description('dead letters: records that could not be read as reports')
    .addCommand(
      new Command('list')
        .description('list them, oldest first')
        .option('--json', 'print each as one line of JSON')
        .option(...CONFIG_OPTION)
        .action(list),
    )
    .addCommand(
      new Command('replay')
        .description('read the records again that they point to and submit them once more')
        .addOption(
          new Option('--at <topic/partition/offset...>', 'these records')
            .argParser((text, before: readonly RecordPointer[]) => [...before, parsePointer(text)])
            .default([], 'none'),
        )
        .addOption(new Option('--reason <code>', 'all with this reason').choices(REJECTION_CODES))
        .option('--all', 'all of them')
        .option(...CONFIG_OPTION)
        .action(replay),
    )

async function list({ json, ...config }: ListOptions): Promise<void> {
  await withLog(config, async (log, { topics }) => {
    const letters = await listDeadLetters(log, topics.deadLetters)
    const output = new StandardOutput()
    if (!json && letters.length === 0) await output.line('There are no dead letters.')
    for (const listed of letters)
      await output.write(json ? jsonLine(listed.letter) : `${printable(describe(listed))}\n`)
  })
}

function describe({
  letter: { topic, partition, offset, lastOffset, size, reason },
  writtenAtMs,
}: ListedDeadLetter): string {
  const when = timestampOf(writtenAtMs).slice(0, 19).replace('T', ' ')
  const place = reason.at === '' ? '' : ` at ${reason.at}`
  const upTo = lastOffset === undefined ? '' : ` to ${lastOffset}`
  return `${when}  ${topic}/${partition}/${offset}${upTo}  ${size} bytes  ${reason.code}${place}`
}

async function replay({ at, reason, all, ...config }: ReplayOptions, command: Command): Promise<void> {
  if (at.length === 0 && !reason && !all)
    command.error('error: say which: --at topic/partition/offset, --reason code, or --all')
  await withLog(config, async (log, { topics }) => {
    const wanted = (await listDeadLetters(log, topics.deadLetters))
      .map(({ letter }) => letter)
      .filter((letter) => all || letter.reason.code === reason || at.some((pointer) => isAt(pointer, letter)))
    const outcome = await replayDeadLetters({ log, topics }, wanted)
    const { replayed, expired, topicGone, replaced, refused, elsewhere, notReached, failure } = outcome
    const output = new StandardOutput()
    await output.line(
      `${replayed} submitted again, ${expired.length} expired, ${replaced.length} replaced by other records`,
    )
    if (refused.length > 0)
      await output.line(
        `${refused.length} of whole batches, which would be refused again: ask their platform to send those reports again, in smaller batches`,
      )
    if (elsewhere.length > 0)
      await output.line(
        `${elsewhere.length} point to a topic that holds no reports, and were left alone: check who may write to ${topics.deadLetters}`,
      )
    if (topicGone.length > 0)
      await output.line(
        `${topicGone.length} point to topics that do not exist any more: ${[...new Set(topicGone.map(({ topic }) => topic))].join(', ')}`,
      )
    if (notReached.length > 0)
      await output.line(`${notReached.length} not confirmed by Kafka: submit those again`)
    if (failure !== undefined) throw failure
    const leftOut = [expired, topicGone, replaced, refused, elsewhere, notReached].flat().length
    if (wanted.length === 0 || leftOut > 0) process.exitCode = 1
  })
}

const isAt = (a: RecordPointer, b: RecordPointer): boolean =>
  a.topic === b.topic && a.partition === b.partition && a.offset === b.offset

function parsePointer(text: string): RecordPointer {
  const [, topic, partition, offset] = /^([A-Za-z0-9._-]+)\/(\d+)\/(\d+)$/.exec(text) ?? []
  if (topic !== undefined) return { topic, partition: Number(partition), offset: Number(offset) }
  throw new InvalidArgumentError('Expected topic/partition/offset, as `dlq list` prints it.')
}
