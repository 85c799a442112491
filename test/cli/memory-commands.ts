// Commands on lists, run in this process as a person would call them, on a log in memory.
import { exportCommand } from '../../src/cli/hashset-export.ts'
import { diffCommand, importCommand } from '../../src/cli/hashset-import.ts'
import type { CommandEnds } from '../../src/cli/session.ts'
import type { Entry } from '../../src/contract/known-hash.ts'
import { findEntries } from '../../src/lists/curate/find-entries.ts'
import { MemoryLog } from '../../src/log/memory-log.ts'
import { loadSettings } from '../../src/settings/load-settings.ts'

const SETTINGS = loadSettings()
const SOURCE = ['--source', 'made-up']

export class MemoryCommands {
  readonly #log = new MemoryLog()
  #printed = ''

  static async make(): Promise<MemoryCommands> {
    const commands = new MemoryCommands()
    for (const topic of [SETTINGS.topics.knownHashes, SETTINGS.topics.lists])
      await commands.#log.createTopic({ topic, partitions: 1, config: {} })
    return commands
  }

  /** Returns the summary. */
  async import(args: readonly string[]): Promise<unknown> {
    await importCommand(this.#ends).parseAsync([...SOURCE, '--json', ...args], { from: 'user' })
    return this.#taken()
  }

  /** Returns the summary. */
  async diff(args: readonly string[]): Promise<unknown> {
    await diffCommand(this.#ends).parseAsync([...SOURCE, '--json', ...args], { from: 'user' })
    return this.#taken()
  }

  async export(args: readonly string[]): Promise<void> {
    await exportCommand(this.#ends).parseAsync([...SOURCE, ...args], { from: 'user' })
  }

  /** The entries that live, by key. */
  async entries(): Promise<readonly Entry[]> {
    const found = await findEntries(this.#log, SETTINGS.topics.knownHashes, () => true)
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry)
  }

  #taken(): unknown {
    const printed = this.#printed
    this.#printed = ''
    return JSON.parse(printed)
  }

  get #ends(): CommandEnds {
    const write = async (output: string | Uint8Array): Promise<void> => {
      this.#printed += String(output)
    }
    return {
      openLog: (_options, work) => work(this.#log, SETTINGS),
      openOutput: () => ({ write, line: (text) => write(`${text}\n`) }),
    }
  }
}
