// Every command, as a person runs it: in the right way, and with planted values where they don't belong.
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { eventually } from '../fixtures/eventually.ts'
import { USER, WATCHER } from '../integration/secure-broker.ts'
import { Terminal } from '../integration/terminal.ts'
import { REFERENCES, REPORT, REVIEWER, VALUES } from './planted.ts'
import type { Said } from './said.ts'
import { listFile, type System } from './system.ts'

/** Their output is what they are for: hashes or references that they were asked for. What they say besides tells nothing. */
const TELLS = new Set(['hits', 'report', 'search', 'hash'])

/** A line that is none, one with too much, and a value that is too long. */
const BAD_LINES = [
  `pdq ${VALUES.listed[1]}${VALUES.refused[1]}`,
  `${REFERENCES.contentRef} ${VALUES.refused[1]}`,
  `pdq ${VALUES.refused[1]} ${REFERENCES.actorRef} more ${REFERENCES.field}`,
  `md5 ${VALUES.refused[1].slice(0, 32)} ${REFERENCES.field.repeat(20)}`,
  `{"hashes":[{"type":"${REFERENCES.field}","value":"${VALUES.refused[1]}"}]}`,
]
const LIST = ['--source', 'listed-list', '--classification', 'ncmec:A1']

export class Commands {
  readonly #system: System
  readonly #said: Said
  readonly #terminal: Terminal

  constructor(system: System, said: Said) {
    const { deployment, settingsOf } = system
    this.#system = system
    this.#said = said
    this.#terminal = new Terminal({ folder: deployment.folder, settings: settingsOf(USER) })
  }

  async run(args: readonly string[], input = '', terminal = this.#terminal): Promise<string> {
    const { out, err } = await terminal.run(args, input)
    this.#said.add(`standard error of ${args[0]}`, err)
    if (args[0] === 'dlq') for (const line of out.split('\n')) this.#said.addFields('output of dlq', line)
    else if (!TELLS.has(args[0])) this.#said.add(`output of ${args[0]}`, out)
    return out
  }

  /** The list of a source comes, with lines that are none. */
  async importList(): Promise<void> {
    const file = listFile(this.#system, [`pdq ${VALUES.listed[1]} ${REFERENCES.field}`, ...BAD_LINES])
    await this.run(['hashset', 'import', file, ...LIST])
    // Nothing of a list with bad lines is published.
    const good = listFile(this.#system, [`pdq ${VALUES.listed[1]} ${REFERENCES.field}`])
    await this.run(['hashset', 'import', good, ...LIST])
  }

  /** What operators run. */
  async operate(): Promise<void> {
    const { deployment, settingsOf } = this.#system
    const file = listFile(this.#system, [`pdq ${VALUES.listed[1]}`, ...BAD_LINES])
    const removed = listFile(this.#system, [`pdq ${VALUES.listed[1]}`])
    const watcher = new Terminal({
      folder: join(deployment.folder, 'matcher'),
      settings: settingsOf(WATCHER),
    })
    await Promise.all([
      this.run(['top', '--json'], '', watcher),
      this.run(['dlq', 'list', '--json']),
      this.run(['topics', 'plan']),
      this.run(['retro', '--since', '2026-01-01T00:00:00Z']),
      this.run(['hashset', 'snapshot']),
      this.run(['search', '--known', file, '--type', 'pdq', '--radius', '31', file]),
      this.run(
        ['report', '--ndjson', '-'],
        `${JSON.stringify(REPORT)}\n{"hashes":[{"type":"pdq","value":"${VALUES.refused[1]}"}]}\n${REFERENCES.contentRef}\n`,
      ),
      this.#follow(),
    ])
    await Promise.all([
      this.run(['hashset', 'remove', file, '--source', 'listed-list']),
      this.run(['dlq', 'replay', '--all']),
      this.run(['review', 'audit', 'verify', '--json']),
      this.run(['review', 'sessions', 'end', '--subject', REVIEWER]),
    ])
    await this.run(['hashset', 'remove', removed, '--source', 'listed-list'])
  }

  /** Values that stand where something else is expected. test/cli/mistyped.test.ts has more of them. */
  async mistype(): Promise<void> {
    await Promise.all([
      this.run(['match', `--${VALUES.pdq[1]}`]),
      this.run(['retro', '--since', REFERENCES.actorRef]),
    ])
  }

  /** `hits` never ends by itself. */
  async #follow(): Promise<void> {
    const child = this.#terminal.start(['hits', '--json', '--from-beginning'])
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk))
    const err = text(child.stderr)
    const ended = once(child, 'exit')
    await eventually(async () => out.includes(REFERENCES.reportId))
    child.kill('SIGINT')
    await ended
    this.#said.add('standard error of hits', await err)
  }
}
