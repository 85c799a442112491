// `hashwarden review sessions`: an operator ends the sessions of people who may no longer work here.
import { Command } from 'commander'
import { ReviewService } from '../review/review-service.ts'
import { Sessions } from '../review/sign-in/sessions.ts'
import { connect } from '../review/store/connect.ts'
import { loadSettings } from '../settings/load-settings.ts'
import { databasesOf } from './review-process.ts'
import { CONFIG_OPTION, type ConfigOption } from './session.ts'
import { StandardOutput } from './standard-output.ts'

interface EndOptions extends ConfigOption {
  readonly subject?: string
  readonly all?: true
}

/** Which sessions are to be ended was not said, or was said twice. */
class WhichSessionsError extends Error {
  readonly code = 'WHICH_SESSIONS'
  override readonly name = 'WhichSessionsError'
}

export const sessionsCommand = (): Command =>
  new Command('sessions').description('the sessions of people who have signed in').addCommand(
    new Command('end')
      .description('sign people out, and give their leases back; the audit says that an operator did it')
      .option('--subject <sub>', 'of one person, as the identity provider names them (`sub`)')
      .option('--all', 'of everybody')
      .option(...CONFIG_OPTION)
      .addHelpText('after', END_HELP)
      // The options of `review` itself have the same names, and commander gives them what stands behind its name.
      .action((_: EndOptions, command: Command) => end(command.optsWithGlobals())),
  )

const END_HELP = `
Reads DATABASE_URL. First take the person's groups away at the identity provider: or they sign in again.`

async function end({ config, subject, all }: EndOptions): Promise<void> {
  if ((subject === undefined) === (all === undefined))
    throw new WhichSessionsError('Say whose sessions end: --subject <sub>, or --all')
  const settings = loadSettings(config)
  const db = connect(databasesOf(process.env).databaseUrl, { connections: 2 })
  try {
    const sessions = new Sessions(db)
    const service = new ReviewService({ db, settings: settings.review })
    const ended = await sessions.endAll(subject)
    let leases = 0
    for (const one of await sessions.sweep()) leases += await service.giveBackAll(one, 'session-ended')
    await new StandardOutput().line(`Sessions ended: ${ended}. Leases given back: ${leases}.`)
  } finally {
    await db.destroy()
  }
}
