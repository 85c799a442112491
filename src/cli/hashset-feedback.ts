// `hashwarden hashset feedback`: what reviews and viewings say of a source's entries, back to that source.
import { Command, Option } from 'commander'
import { feedbackCsv, feedbackJson, feedbackSince } from '../lists/feedback/export-feedback.ts'
import { hitsInTopic } from '../lists/feedback/find-hits.ts'
import type { NoVote } from '../lists/feedback/votes.ts'
import { parseSource, parseTime } from './option-values.ts'
import { CONFIG_OPTION, withLog, type ConfigOption } from './session.ts'
import { StandardOutput } from './standard-output.ts'

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

/** Why some make no feedback, in words; of another source: that is no news. */
const WHY: Partial<Record<NoVote, string>> = {
  'hit-gone': 'about hits that their topic no longer holds',
  'several-entries':
    'suspect a list whose hit names several entries: a viewing has to say which one is wrong',
}

function sayWithout(without: Readonly<Record<NoVote, number>>): void {
  for (const [why, words] of Object.entries(WHY)) {
    // The keys of WHY are such names.
    const count = without[why as NoVote]
    if (count > 0) console.error(`${count} left out: ${words}`)
  }
}
