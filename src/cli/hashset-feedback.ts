// `hashwarden hashset feedback`: what reviews and viewings say of a source's entries, back to that source.
import { Command, Option } from 'commander'
import { canonicalJson } from '../contract/json.ts'
import { feedbackCsv, feedbackJson, feedbackSince } from '../lists/feedback/export-feedback.ts'
import { hitsInTopic } from '../lists/feedback/find-hits.ts'
import { sendTo, takesFeedback } from '../lists/feedback/open-feedback.ts'
import type { FeedbackSummary } from '../lists/feedback/send-feedback.ts'
import type { NoVote } from '../lists/feedback/votes.ts'
import { loadSources } from '../settings/load-sources.ts'
import { parseSource, parseTime } from './option-values.ts'
import { CONFIG_OPTION, untilSignal, withLog, type ConfigOption } from './session.ts'
import { StandardOutput } from './standard-output.ts'

interface SendOptions extends ConfigOption {
  readonly sources?: string
  readonly json?: true
}

/** There is no source that feedback could be sent to. */
class NoFeedbackError extends Error {
  readonly code = 'NO_FEEDBACK'
  override readonly name = 'NoFeedbackError'
}

interface ExportOptions extends ConfigOption {
  readonly source: string
  readonly since?: Date
  readonly format: 'csv' | 'json'
}

export const feedbackCommand = (): Command =>
  new Command('feedback')
    .description('tell a source what reviews found of its entries: never who found it, or where')
    .addCommand(
      new Command('export')
        .description('print the feedback on the entries of a source; repeating it changes nothing')
        .addOption(sourceOption())
        .option(
          '--since <time>',
          'what was decided or found since, for example 2026-03-04T05:06:07Z',
          parseTime,
        )
        .addOption(
          new Option('--format <format>', 'csv, or json: one object a line')
            .choices(['csv', 'json'])
            .default('csv'),
        )
        .option(...CONFIG_OPTION)
        .action(exportFeedback),
    )
    .addCommand(
      new Command('send')
        .description(
          'send new feedback to the sources of sources.yaml that take feedback (`feedback: true`); the daemon `hashset sync` does it by itself',
        )
        .option('--sources <file>', 'the sources (default: config/sources.yaml)')
        .option('--json', 'print what was sent as JSON')
        .option(...CONFIG_OPTION)
        .action(sendAll),
    )

const sourceOption = (): Option =>
  new Option('--source <name>', 'the source whose entries it is about')
    .makeOptionMandatory()
    .argParser(parseSource)

async function exportFeedback({ source, since, format, ...config }: ExportOptions): Promise<void> {
  await withLog(config, async (log, { topics }) => {
    const { votes, without } = await feedbackSince({
      log,
      topics,
      source,
      sinceMs: since?.getTime() ?? 0,
      findHits: (hitIds) => hitsInTopic(log, topics.hits, hitIds),
    })
    const output = new StandardOutput()
    for (const line of format === 'csv' ? feedbackCsv(votes) : votes.map(feedbackJson))
      await output.line(line)
    sayWithout(without)
  })
}

async function sendAll({ sources: file, json, ...config }: SendOptions): Promise<void> {
  const sources = loadSources(file).sources.filter(takesFeedback)
  if (sources.length === 0)
    throw new NoFeedbackError(
      'No source of the file has `feedback: true`: add it to those that you want to send to.',
    )
  const output = new StandardOutput()
  const stopping = new AbortController()
  void untilSignal().then((signal) =>
    stopping.abort(new Error(`Stopped by ${signal}: the next run goes on from here.`)),
  )
  await withLog(config, async (log, { topics, sync }) => {
    for (const source of sources) {
      // One that fails doesn't keep the others from being sent.
      const summary = await sendTo(source, { log, topics, group: sync.group }, stopping.signal).catch(
        (error: unknown) => {
          if (stopping.signal.aborted) throw error
          process.exitCode = 1
          console.error(`${source.name}: ${error instanceof Error ? error.message : String(error)}`)
        },
      )
      if (summary === undefined) continue
      await output.line(
        json ? canonicalJson({ source: source.name, ...summary }) : sentLine(source.name, summary),
      )
      if (!json) sayWithout(summary.without)
    }
  })
}

function sentLine(source: string, { sent, notTaken }: FeedbackSummary): string {
  const refused = Object.entries(notTaken)
    .filter(([, count]) => count > 0)
    .map(([why, count]) => `${count} ${why}`)
  return `${source}: ${sent.affirmative} affirmative, ${sent.negative} negative${refused.length === 0 ? '' : `; not taken: ${refused.join(', ')}`}`
}

/** Why some make no feedback, in words; of another source: that is no news. */
const WHY: Partial<Record<NoVote, string>> = {
  'hit-gone': 'about hits that their topic no longer holds',
  'several-entries':
    'suspect a list whose hit names several entries: a viewing has to say which one is wrong',
  'already-viewed': 'say of an entry what a viewing, or a later one, has found otherwise or already',
}

function sayWithout(without: Readonly<Record<NoVote, number>>): void {
  for (const [why, words] of Object.entries(WHY)) {
    // The keys of WHY are such names.
    const count = without[why as NoVote]
    if (count > 0) console.error(`${count} left out: ${words}`)
  }
}
