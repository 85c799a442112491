// Logs a state once when it begins and once when it is over, however many partitions, topics or threads are in it and
// however often they enter and leave it. A line for each of them, or for each change, would fill a disk.
import type { Logger } from './log.ts'

/** At most this many members of a state are named in a line. */
const NAMED = 5
/** While a state lasts, it is logged again when it has this many times the members of the last line. */
const GROWTH = 10
/** A state that nothing is in is over after this time, in milliseconds: one that flaps is one state. */
const SETTLED_AFTER_MS = 5_000

export interface StateLogOptions {
  readonly logger: Logger
  readonly level: 'info' | 'warn' | 'error'
  /** What the line says when the state begins, and when it is over. */
  readonly begins: string
  readonly ends: string
  /** Of a state that is a run of events (`note`): it is over when none came for this time, in milliseconds. */
  readonly quietMs?: number
}

/** One state of a process or thread, and the partitions, topics or threads that are in it now. */
export class StateLog {
  readonly #options: StateLogOptions
  /** The members of the state by name, each with the reason. */
  readonly #members = new Map<string, string>()
  /** How often something entered the state, or how many events there were, since it began. */
  #times = 0
  /** The most members at once since it began. */
  #most = 0
  #loggedMembers = 0
  #sinceMs: number | undefined
  #settling: NodeJS.Timeout | undefined

  constructor(options: StateLogOptions) {
    this.#options = options
  }

  /** `name` is in the state from now on, until it leaves. Both texts may be logged. */
  enter(name: string, why: string): void {
    this.#stopSettling()
    if (this.#add(name, why)) this.#logIfGrown()
  }

  leave(name: string): void {
    if (this.#members.delete(name) && this.#members.size === 0) this.#settle(SETTLED_AFTER_MS)
  }

  /** These are in the state now, each with why, and no others. */
  set(members: ReadonlyMap<string, string>): void {
    for (const name of this.#members.keys()) if (!members.has(name)) this.leave(name)
    if (members.size === 0) return
    this.#stopSettling()
    const added = [...members].filter(([name, why]) => this.#add(name, why))
    if (added.length > 0) this.#logIfGrown()
  }

  /** Something happened to `name`, `times` times. The state is over once nothing has happened for `quietMs`. */
  note(name: string, why: string, times = 1): void {
    if (!this.#add(name, why)) this.#times++
    this.#times += times - 1
    this.#logIfGrown()
    this.#settle(this.#options.quietMs ?? SETTLED_AFTER_MS)
  }

  /** Returns whether it is new. */
  #add(name: string, why: string): boolean {
    const isNew = !this.#members.has(name)
    if (isNew) this.#times++
    this.#members.set(name, why)
    return isNew
  }

  #logIfGrown(): void {
    this.#sinceMs ??= performance.now()
    const { size } = this.#members
    this.#most = Math.max(this.#most, size)
    if (this.#loggedMembers > 0 && size < GROWTH * this.#loggedMembers) return
    this.#loggedMembers = size
    const { logger, level, begins } = this.#options
    logger[level]({ count: size, times: this.#times, reason: reasonText(this.#members) }, begins)
  }

  #settle(afterMs: number): void {
    this.#stopSettling()
    this.#settling = setTimeout(() => this.#end(), afterMs).unref()
  }

  #stopSettling(): void {
    clearTimeout(this.#settling)
    this.#settling = undefined
  }

  #end(): void {
    const seconds = Math.round((performance.now() - (this.#sinceMs ?? performance.now())) / 1000)
    this.#options.logger.info({ count: this.#most, times: this.#times, seconds }, this.#options.ends)
    this.#members.clear()
    this.#times = 0
    this.#most = 0
    this.#loggedMembers = 0
    this.#sinceMs = undefined
  }
}

/** Some members by their reasons, for a person: `reports/0, reports/2: refused; reports/1: too large; and 9 more`. */
function reasonText(members: ReadonlyMap<string, string>): string {
  const named = [...members].slice(0, NAMED)
  const byReason = Map.groupBy(named, ([, why]) => why)
  const parts = [...byReason].map(([why, some]) => `${some.map(([name]) => name).join(', ')}: ${why}`)
  if (members.size > NAMED) parts.push(`and ${members.size - NAMED} more`)
  return parts.join('; ')
}
