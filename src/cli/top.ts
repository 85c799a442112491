// `hashwarden top`: which processes there are, how they are, and their problems, as they say it themselves through Kafka.
import { Command } from 'commander'
import { KafkaLog, type KafkaListener } from '../kafka/kafka-log.ts'
import type { EventLog } from '../log/event-log.ts'
import { loadSettings } from '../settings/load-settings.ts'
import type { Settings } from '../settings/settings.ts'
import { FleetWatch } from '../stream/status/fleet-watch.ts'
import { pause } from '../waiting/pause.ts'
import { CONFIG_OPTION, untilReachable, untilSignal, withLog, type ConfigOption } from './session.ts'
import { jsonLine, StandardOutput } from './standard-output.ts'
import { FullScreen } from './top/full-screen.ts'
import type { Line } from './top/lines.ts'
import { pageOf, type PageSize } from './top/page.ts'

/** Exit code of a snapshot in which something is wrong. */
const WRONG = 2
const DRAW_EVERY_MS = 500
/** A snapshot waits for the brokers for this time, in milliseconds. */
const SNAPSHOT_WITHIN_MS = 15_000

interface TopOptions extends ConfigOption {
  readonly json?: true
  readonly once?: true
}

export const topCommand = (): Command =>
  new Command('top')
    .description('show the processes of this deployment and their problems, live; q ends it')
    .option('--once', 'print one snapshot as text, and end; so it does where standard output is no terminal')
    .option('--json', 'print one snapshot as a line of JSON (config/fleet.schema.json), and end')
    .option(...CONFIG_OPTION)
    .addHelpText('after', HELP)
    .action(top)

const HELP = `
It reads the topic of statuses, which every process writes to every two seconds, and asks the brokers for the lag of every
partition. A dash is unknown, never 0. A process that has said nothing for 10 s is gone, frozen, or cut off from Kafka.`

async function top({ json, once, ...config }: TopOptions): Promise<void> {
  if (json || once || !process.stdout.isTTY) await snapshot(config, json === true)
  else await live(config)
}

const watchOf = (log: EventLog, { topics, match, review }: Settings): FleetWatch =>
  new FleetWatch({ log, topics, matchGroup: match.group, reviewGroup: review.group })

async function snapshot(config: ConfigOption, json: boolean): Promise<void> {
  await withLog(config, async (log, settings) => {
    const signal = AbortSignal.timeout(SNAPSHOT_WITHIN_MS)
    const watch = watchOf(log, settings)
    try {
      await watch.start()
      await watch.untilWhole(signal)
      const picture = watch.picture()
      const output = new StandardOutput()
      if (json) await output.write(jsonLine(picture))
      else for (const { text } of pageOf(picture, { columns: Infinity })) await output.line(text)
      if (picture.problems.some(({ severity }) => severity !== 'note')) process.exitCode = WRONG
    } finally {
      await watch.stop()
    }
  })
}

/** Draws until q, Ctrl-C or a signal. An outage of Kafka is shown, and survived. */
async function live(config: ConfigOption): Promise<void> {
  const settings = loadSettings(config.config)
  const quitting = new AbortController()
  void untilSignal().then(() => quitting.abort())
  let trouble: string | undefined
  const listener: Partial<KafkaListener> = {
    onFailure: ({ message }) => {
      trouble = message
    },
    onRecovery: () => {
      trouble = undefined
    },
  }
  const log = new KafkaLog({ ...settings.kafka, listener })
  const watch = watchOf(log, settings)
  let isStarted = false
  const page = (size: PageSize): readonly Line[] => {
    const picture = isStarted ? pageOf(watch.picture(), { ...size, rows: (size.rows ?? 0) - 1 }) : []
    const first: Line = trouble
      ? { text: trouble, style: 'red' }
      : { text: isStarted ? '' : 'Reading the topic of statuses…', style: 'dim' }
    return [...picture, first]
  }
  const screen = new FullScreen({
    out: process.stdout,
    keys: process.stdin,
    page,
    onQuit: () => quitting.abort(),
  })
  const start = async (): Promise<void> => {
    isStarted = await untilReachable(listener, quitting.signal, () => watch.start())
  }
  const starting = start()
  // What waiting can't mend is thrown below, once the terminal is as it was.
  starting.catch(() => quitting.abort())
  try {
    while (!quitting.signal.aborted) {
      screen.draw()
      await pause(DRAW_EVERY_MS, quitting.signal)
    }
  } finally {
    screen.end()
    await starting.catch(() => {})
    await watch.stop()
    await log.close()
  }
  await starting
}
