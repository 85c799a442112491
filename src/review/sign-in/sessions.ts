// Sessions: who has signed in, kept by the server. The browser holds a random value, and the store its digest alone.
import { createHash, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { appendAudit } from '../audit/append.ts'
import type { ReviewDatabase } from '../store/connect.ts'
import type { Person } from './person.ts'

export const SESSION_IDLE_MS = 30 * 60_000
const SESSION_MS = 12 * 3_600_000
/** Use is noted once in this time, so that not every request writes. A session may end so much earlier. */
const NOTED_EVERY_MS = 30_000

export interface Session {
  readonly person: Person
  readonly endsAt: Date
}

/** Of a secret that a browser holds. */
export const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()
const randomSecret = (): string => randomBytes(32).toString('base64url')

const milliseconds = (ms: number) => sql<Date>`make_interval(secs => ${ms / 1_000})`

export class Sessions {
  readonly #db: ReviewDatabase

  constructor(db: ReviewDatabase) {
    this.#db = db
  }

  /** Begins a session and returns the value of its cookie: a new one at each sign-in, whatever the browser sent. */
  async begin({ subject, name, roles, groups, isDevelopment }: Person): Promise<string> {
    const secret = randomSecret()
    await this.#db.transaction().execute(async (tx) => {
      const { began_at: at } = await tx
        .insertInto('sessions')
        .values({
          session_hash: digestOf(secret),
          subject,
          name,
          roles: [...roles],
          groups: [...groups],
          is_development: isDevelopment,
          began_at: sql<Date>`now()`,
          seen_at: sql<Date>`now()`,
          ends_at: sql<Date>`now() + ${milliseconds(SESSION_MS)}`,
        })
        .returning('began_at')
        .executeTakeFirstOrThrow()
      const known = { roles: [...roles], groups: [...groups], signed_in_at: at }
      await tx
        .insertInto('persons')
        .values({ subject, ...known })
        .onConflict((row) => row.column('subject').doUpdateSet(known))
        .execute()
      await appendAudit(tx, [{ action: 'sign-in', actor: subject, details: { roles: roles.join(' ') } }], at)
    })
    return secret
  }

  /** The session of a cookie, while it lasts. `isAttended`: the person did something, which keeps it from ending idle. */
  async find(secret: string, isAttended: boolean): Promise<Session | undefined> {
    const hash = digestOf(secret)
    const found = await this.#db
      .selectFrom('sessions')
      .selectAll()
      .select(sql<boolean>`seen_at < now() - ${milliseconds(NOTED_EVERY_MS)}`.as('is_to_note'))
      .where('session_hash', '=', hash)
      .where('ends_at', '>', sql<Date>`now()`)
      .where('seen_at', '>', sql<Date>`now() - ${milliseconds(SESSION_IDLE_MS)}`)
      .executeTakeFirst()
    if (!found) return undefined
    if (isAttended && found.is_to_note) {
      const seen = { seen_at: sql<Date>`now()` }
      await this.#db.updateTable('sessions').set(seen).where('session_hash', '=', hash).execute()
    }
    const { subject, name, roles, groups, is_development: isDevelopment, ends_at: endsAt } = found
    return { person: { subject, name, roles, groups, isDevelopment }, endsAt }
  }

  /** Ends the session of a cookie; none is left that the cookie opens. */
  async end(secret: string): Promise<void> {
    await this.#db.transaction().execute(async (tx) => {
      const ended = await tx
        .deleteFrom('sessions')
        .where('session_hash', '=', digestOf(secret))
        .returning(['subject', sql<Date>`now()`.as('at')])
        .executeTakeFirst()
      if (ended) await appendAudit(tx, [{ action: 'sign-out', actor: ended.subject }], ended.at)
    })
  }

  /** Deletes sessions that have ended, and sign-ins that were not finished in time. Returns who has no session any more. */
  async sweep(): Promise<readonly string[]> {
    await this.#db
      .deleteFrom('sign_ins')
      .where('ends_at', '<', sql<Date>`now()`)
      .execute()
    const ended = await this.#db
      .deleteFrom('sessions')
      .where((of) =>
        of.or([
          of('ends_at', '<', sql<Date>`now()`),
          of('seen_at', '<', sql<Date>`now() - ${milliseconds(SESSION_IDLE_MS)}`),
        ]),
      )
      .returning('subject')
      .execute()
    if (ended.length === 0) return []
    const subjects = new Set(ended.map(({ subject }) => subject))
    const others = this.#db
      .selectFrom('sessions')
      .select('subject')
      .where('subject', 'in', [...subjects])
    for (const { subject } of await others.execute()) subjects.delete(subject)
    return [...subjects]
  }
}
