// `hashwarden review audit`: proves that the audit is as it was, to somebody who need not trust the database.
import { Command } from 'commander'
import type { AuditVerifyView } from '../contract/review.ts'
import { auditKey, auditKeyIfAny, auditVerifiers, NoAuditKeyError } from '../review/audit/audit-key.ts'
import { printVerifier, verifierOf } from '../review/audit/signed-note.ts'
import { verifyPublishedAudit } from '../review/audit/verify-audit.ts'
import { connect } from '../review/store/connect.ts'
import { loadSettings } from '../settings/load-settings.ts'
import type { Settings } from '../settings/settings.ts'
import { AUDIT_FOLDER, databasesOf, type Databases } from './review-process.ts'
import { CONFIG_OPTION, withLog, type ConfigOption } from './session.ts'
import { jsonLine, StandardOutput } from './standard-output.ts'

interface AuditOptions extends ConfigOption {
  readonly local?: true
  readonly json?: true
}

const LOCAL_OPTION = ['--local', 'of the PostgreSQL in .cache/review, in place of DATABASE_URL'] as const

export const auditCommand = (): Command =>
  new Command('audit')
    .description('verify the record of who did what')
    .addCommand(
      new Command('verify')
        .description('hold every entry against the published checkpoints')
        .option('--json', 'print the result as one line of JSON')
        .option(...LOCAL_OPTION)
        .option(...CONFIG_OPTION)
        .addHelpText('after', VERIFY_HELP)
        // The options of `review` itself have the same names, and commander gives them what stands behind its name.
        .action((_: AuditOptions, command: Command) => verify(command.optsWithGlobals())),
    )
    .addCommand(
      new Command('key')
        .description('print the public key that verifies checkpoints: give it to auditors')
        .option(...LOCAL_OPTION)
        .option(...CONFIG_OPTION)
        .action((_: AuditOptions, command: Command) => key(command.optsWithGlobals())),
    )

const VERIFY_HELP = `
Reads DATABASE_URL (any role that may read will do) and the topic of checkpoints. Signatures are verified by the key of
review.audit.keyFile and by those of review.audit.verifierKeys: one of them is enough.

Use the database itself, not a replica: one that lags lacks entries that were signed.

Who owns the tables can write all of them anew, but not what was published: so keep the topic, or copies of its
checkpoints, out of the reach of that person.`

async function verify({ config, local, json }: AuditOptions): Promise<void> {
  const output = new StandardOutput()
  const view = await withDatabase(local, ({ databaseUrl }) =>
    withLog(config === undefined ? {} : { config }, async (log, { review: { audit }, topics }) => {
      const verifiers = auditVerifiers(audit, auditKeyIfAny(audit, local && AUDIT_FOLDER))
      if (verifiers.length === 0) throw new NoAuditKeyError(NO_KEY)
      const db = connect(databaseUrl, { connections: 1 })
      try {
        const { origin } = audit
        return await verifyPublishedAudit({ db, log, topic: topics.auditCheckpoints, origin, verifiers })
      } finally {
        await db.destroy()
      }
    }),
  )
  if (!view.isIntact) process.exitCode = 1
  if (json) {
    await output.write(jsonLine(view))
    return
  }
  await output.line(sentence(view))
  for (const warning of view.warnings ?? []) console.error(`Warning: ${warning}`)
}

const NO_KEY =
  'No key to verify checkpoints by: name review.audit.keyFile, or in review.audit.verifierKeys what `hashwarden review audit key` prints where the private key is'

function sentence({ isIntact, why, entries, checkpoints, proven }: AuditVerifyView): string {
  if (!isIntact) return `The audit is broken. ${why}.`
  return `The audit is intact: ${entries} entries, ${proven} of them proven by ${checkpoints} published checkpoints.`
}

async function key({ config, local }: AuditOptions): Promise<void> {
  const { review }: Settings = loadSettings(config)
  const privateKey = auditKey(review.audit, local && AUDIT_FOLDER)
  await new StandardOutput().line(printVerifier(verifierOf({ name: review.audit.origin, privateKey })))
}

async function withDatabase<T>(
  local: true | undefined,
  work: (databases: Databases) => Promise<T>,
): Promise<T> {
  if (!local) return work(databasesOf(process.env))
  const { startLocalReviewStore } = await import('./review-local.ts')
  const store = await startLocalReviewStore()
  try {
    return await work(store)
  } finally {
    await store.stop()
  }
}
