// Sessions: who has signed in, kept by the server. The browser holds a random value, and the store its digest alone.
import { createHash, randomBytes } from 'node:crypto'
import { sql, type Selectable } from 'kysely'
import { appendAudit } from '../audit/append.ts'
import type { ReviewDatabase } from '../store/connect.ts'
import type { Tables } from '../store/tables.ts'
import type { Person } from './person.ts'
import { openToken, sealToken } from './sealed-token.ts'

export const SESSION_IDLE_MS = 30 * 60_000
const SESSION_MS = 12 * 3_600_000
/** Use is noted once in this time, so that not every request writes. A session may end so much earlier. */
const NOTED_EVERY_MS = 30_000
/** After a check that the provider could not answer, the next one. */
const CHECK_AGAIN_MS = 60_000

export interface Session {
  readonly person: Person
  readonly endsAt: Date
}

/** What the provider says of a person who has signed in before. */
export interface Recheck {
  readonly everyMs: number
  /** Undefined: it can't be asked now. */
  ask(refreshToken: string, person: Person): Promise<Rechecked | undefined>
}

/** The person as of now, or why the session ends. */
export type Rechecked =
  { readonly person: Person; readonly refreshToken: string } | { readonly ends: 'refused' | 'no-role' }

/** Of a secret that a browser holds. */
export const digestOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()
const randomSecret = (): string => randomBytes(32).toString('base64url')

const milliseconds = (ms: number) => sql<Date>`make_interval(secs => ${ms / 1_000})`
const now = sql<Date>`now()`
const ago = (ms: number) => sql<Date>`now() - ${milliseconds(ms)}`

type SessionRow = Selectable<Tables['sessions']>

export class Sessions {
  readonly #db: ReviewDatabase
  readonly #recheck: Recheck | undefined

  constructor(db: ReviewDatabase, recheck?: Recheck) {
    this.#db = db
    this.#recheck = recheck
  }

  /** Begins a session and returns the value of its cookie: a new one at each sign-in, whatever the browser sent. */
  async begin(
    { subject, name, roles, groups, isDevelopment }: Person,
    refreshToken?: string,
  ): Promise<string> {
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
          began_at: now,
          seen_at: now,
          checked_at: now,
          ends_at: sql<Date>`now() + ${milliseconds(SESSION_MS)}`,
          refresh_token: refreshToken === undefined ? null : sealToken(refreshToken, secret),
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
      .select(sql<boolean>`seen_at < ${ago(NOTED_EVERY_MS)}`.as('is_to_note'))
      .select(sql<boolean>`checked_at < ${ago(this.#recheck?.everyMs ?? SESSION_MS)}`.as('is_to_check'))
      .where('session_hash', '=', hash)
      .where('ends_at', '>', now)
      .where('seen_at', '>', ago(SESSION_IDLE_MS))
      .executeTakeFirst()
    if (!found) return undefined
    if (isAttended && found.is_to_note)
      await this.#db.updateTable('sessions').set({ seen_at: now }).where('session_hash', '=', hash).execute()
    const session = sessionOf(found)
    if (!this.#recheck || !found.is_to_check || found.refresh_token === null) return session
    return this.#checked(this.#recheck, secret, session)
  }

  /**
   * Ends the session of a cookie; none is left that the cookie opens. Returns its refresh token, if that can be opened: it is of
   * no more use here, and at a sign-out the provider should be told to forget it.
   */
  async end(secret: string): Promise<string | undefined> {
    const token = await this.#db.transaction().execute(async (tx) => {
      const ended = await tx
        .deleteFrom('sessions')
        .where('session_hash', '=', digestOf(secret))
        .returning(['subject', 'refresh_token', sql<Date>`now()`.as('at')])
        .executeTakeFirst()
      if (ended) await appendAudit(tx, [{ action: 'sign-out', actor: ended.subject }], ended.at)
      return ended?.refresh_token
    })
    return token ? openToken(token, secret) : undefined
  }

  /** Ends all sessions of a person, or all, by an operator's word. The next sweep gives their leases back. Returns how many. */
  async endAll(subject?: string): Promise<number> {
    let ending = this.#db
      .updateTable('sessions')
      .set({ ends_at: now, ended_why: 'operator' })
      .where('ends_at', '>', now)
    if (subject !== undefined) ending = ending.where('subject', '=', subject)
    const { numUpdatedRows } = await ending.executeTakeFirst()
    return Number(numUpdatedRows)
  }

  /**
   * Deletes sessions that have ended otherwise than by a sign-out, each with its entry in the audit, and sign-ins that were not
   * finished in time. Returns who has no session any more.
   */
  async sweep(): Promise<readonly string[]> {
    await this.#db.deleteFrom('sign_ins').where('ends_at', '<', now).execute()
    const ended = await this.#db.transaction().execute(async (tx) => {
      const rows = await tx
        .deleteFrom('sessions')
        .where('session_hash', 'in', (from) =>
          from
            .selectFrom('sessions')
            .select('session_hash')
            .where((of) => of.or([of('ends_at', '<=', now), of('seen_at', '<=', ago(SESSION_IDLE_MS))]))
            .forUpdate()
            .skipLocked(),
        )
        .returning(['subject', 'ended_why', sql<boolean>`ends_at <= now()`.as('is_over'), now.as('at')])
        .execute()
      const [first] = rows
      if (first === undefined) return rows
      const entries = rows.map(({ subject: actor, ended_why: why, is_over: isOver }) => ({
        action: 'session-ended' as const,
        actor,
        details: { why: why ?? (isOver ? 'time' : 'idle') },
      }))
      await appendAudit(tx, entries, first.at)
      return rows
    })
    if (ended.length === 0) return []
    const subjects = new Set(ended.map(({ subject }) => subject))
    const others = this.#db
      .selectFrom('sessions')
      .select('subject')
      .where('subject', 'in', [...subjects])
    for (const { subject } of await others.execute()) subjects.delete(subject)
    return [...subjects]
  }

  /** One request asks: a refresh token may be of use once, and a second use would end all that the provider gave for it. */
  async #checked(recheck: Recheck, secret: string, session: Session): Promise<Session | undefined> {
    const row = this.#db.updateTable('sessions').where('session_hash', '=', digestOf(secret))
    const claimed = await row
      .set({ checked_at: now })
      .where('checked_at', '<', ago(recheck.everyMs))
      .returning('refresh_token')
      .executeTakeFirst()
    if (!claimed?.refresh_token) return session
    const token = openToken(claimed.refresh_token, secret)
    // The provider can’t be asked about this person any more.
    const asked =
      token === undefined ? ({ ends: 'refused' } as const) : await recheck.ask(token, session.person)
    if (asked === undefined) {
      await row.set({ checked_at: ago(recheck.everyMs - CHECK_AGAIN_MS) }).execute()
      return session
    }
    if ('ends' in asked) {
      await row.set({ ends_at: now, ended_why: asked.ends }).execute()
      return undefined
    }
    const { person, refreshToken } = asked
    return this.#db.transaction().execute(async (tx) => {
      const changed = await tx
        .updateTable('sessions')
        .where('session_hash', '=', digestOf(secret))
        .set({
          name: person.name,
          roles: [...person.roles],
          groups: [...person.groups],
          refresh_token: sealToken(refreshToken, secret),
        })
        .returning(now.as('at'))
        .executeTakeFirst()
      // Signed out meanwhile.
      if (!changed) return undefined
      const roles = person.roles.join(' ')
      if (roles !== session.person.roles.join(' '))
        await appendAudit(
          tx,
          [{ action: 'roles-changed', actor: person.subject, details: { roles } }],
          changed.at,
        )
      return { person, endsAt: session.endsAt }
    })
  }
}

const sessionOf = ({
  subject,
  name,
  roles,
  groups,
  is_development: isDevelopment,
  ends_at: endsAt,
}: SessionRow): Session => ({ person: { subject, name, roles, groups, isDevelopment }, endsAt })

/** Sessions that a request could still use. */
export async function countSessions(db: ReviewDatabase): Promise<number> {
  const { count } = await db
    .selectFrom('sessions')
    .select((from) => from.fn.countAll<string>().as('count'))
    .where('ends_at', '>', now)
    .where('seen_at', '>', ago(SESSION_IDLE_MS))
    .executeTakeFirstOrThrow()
  return Number(count)
}
