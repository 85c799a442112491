// `hashwarden gateway keys`: the API keys of platforms that report by HTTPS.
import { Command, InvalidArgumentError } from 'commander'
import { parseNetwork, type GatewayKey } from '../contract/gateway-key.ts'
import { platformProblem } from '../contract/reporting-platform.ts'
import { keyLine } from '../gateway/credentials/key-file.ts'
import { newKey } from '../gateway/credentials/key-text.ts'
import { GatewayKeyError, KeyManager, stateOf, type CreatedKey } from '../gateway/credentials/manage-keys.ts'
import type { EventLog } from '../log/event-log.ts'
import type { Settings } from '../settings/settings.ts'
import { futureTime } from './future-time.ts'
import { COMMAND_ENDS, CONFIG_OPTION, type CommandEnds, type ConfigOption } from './session.ts'
import { jsonLine } from './standard-output.ts'
import { table } from './top/lines.ts'

const HOUR_MS = 3_600_000
const OVERLAP_HOURS = 24
const MOST_OVERLAP_HOURS = 24 * 90

interface KeysOptions extends ConfigOption {
  readonly json?: true
}

interface CreateOptions extends KeysOptions {
  readonly expires?: string
  readonly network?: readonly string[]
  readonly line?: true
}

interface RotateOptions extends KeysOptions {
  readonly overlapHours: number
}

const JSON_OPTION = ['--json', 'print lines of JSON'] as const

function platformOfKey(text: string): string {
  const problem = platformProblem(text)
  if (problem === undefined) return text
  throw new InvalidArgumentError(`This is no platform that may have a key: ${problem}.`)
}

function networkOfKey(text: string, others: readonly string[] = []): readonly string[] {
  if (parseNetwork(text) === undefined)
    throw new InvalidArgumentError('Expected a network, for example 192.0.2.0/24 or 2001:db8::/32.')
  return [...others, text]
}

function overlapHours(text: string): number {
  const hours = Number(text)
  if (text.trim() !== '' && hours >= 0 && hours <= MOST_OVERLAP_HOURS) return hours
  throw new InvalidArgumentError(`Expected hours, from 0 to ${MOST_OVERLAP_HOURS}.`)
}

export function keysCommand(ends: CommandEnds = COMMAND_ENDS): Command {
  const keys = new Keys(ends)
  return new Command('keys')
    .description('the API keys of platforms that report by HTTPS')
    .addCommand(
      new Command('create')
        .description('make an API key; it is shown once, and only its SHA-256 is kept')
        .argument('<platform>', 'whose reports come with the key', platformOfKey)
        .option('--expires <time>', 'the key is refused from then on (default: never)', futureTime)
        .option(
          '--network <network>',
          'take the key from these addresses only, as the gateway sees them (a proxy hides its clients); may be given several times',
          networkOfKey,
        )
        .option('--line', 'write nothing to Kafka: print the line for gateway.credentials.keysFile')
        .option(...JSON_OPTION)
        .option(...CONFIG_OPTION)
        .action((platform: string, options: CreateOptions) => keys.create(platform, options)),
    )
    .addCommand(
      new Command('list')
        .description('print the keys: of whom, until when, from where, and whether they are valid')
        .option(...JSON_OPTION)
        .option(...CONFIG_OPTION)
        .action((options: KeysOptions) => keys.list(options)),
    )
    .addCommand(
      new Command('revoke')
        .description('refuse a key for good: within 5 s, and within 30 s where a gateway can’t read Kafka')
        .argument('<id>', 'of the key, as `list` prints it')
        .option(...JSON_OPTION)
        .option(...CONFIG_OPTION)
        .action((id: string, options: KeysOptions) => keys.revoke(id, options)),
    )
    .addCommand(
      new Command('rotate')
        .description('make another key on the terms of one; both are valid for a time')
        .argument('<id>', 'of the key that ends, as `list` prints it')
        .option('--overlap-hours <n>', 'the old key is valid for this time', overlapHours, OVERLAP_HOURS)
        .option(...JSON_OPTION)
        .option(...CONFIG_OPTION)
        .action((id: string, options: RotateOptions) => keys.rotate(id, options)),
    )
}

class Keys {
  readonly #ends: CommandEnds

  constructor(ends: CommandEnds) {
    this.#ends = ends
  }

  async create(platform: string, { expires, network, line, json, ...config }: CreateOptions): Promise<void> {
    if (line) {
      if (expires !== undefined || network !== undefined || json)
        throw new GatewayKeyError('A line has an id, a platform and a digest: pass --line alone.')
      const { key, id, digest } = newKey()
      const lines = `key, for the platform alone:  ${key}\nline, to keep here:           ${keyLine(id, platform, digest)}`
      await this.#ends.openOutput().line(lines)
      return
    }
    await this.#manage(config, async (manager) => {
      const created = await manager.create({ platform, expiresAt: expires, networks: network })
      await this.#show(created, json)
    })
  }

  async list({ json, ...config }: KeysOptions): Promise<void> {
    await this.#manage(config, async (manager) => {
      const { keys, unreadable } = await manager.list()
      const output = this.#ends.openOutput()
      const nowMs = Date.now()
      if (json) for (const key of keys) await output.write(jsonLine(shown(key, nowMs)))
      else
        for (const { text } of table(
          HEAD,
          keys.map((key) => row(key, nowMs)),
        ))
          await output.line(text)
      if (unreadable > 0)
        console.error(
          `Warning: ${unreadable} records of the topic can’t be read by this version; gateways of it refuse these keys.`,
        )
    })
  }

  async revoke(id: string, { json, ...config }: KeysOptions): Promise<void> {
    await this.#manage(config, async (manager) => {
      const key = await manager.revoke(id)
      const output = this.#ends.openOutput()
      if (json) await output.write(jsonLine(shown(key, Date.now())))
      else
        await output.line(
          `Key ${key.id} of ${key.platform} is revoked. Gateways refuse it within 5 s, and one that can’t read Kafka within 30 s.`,
        )
    })
  }

  async rotate(id: string, { overlapHours: hours, json, ...config }: RotateOptions): Promise<void> {
    await this.#manage(config, async (manager) => {
      const created = await manager.rotate(id, hours * HOUR_MS)
      await this.#show(created, json)
      if (!json) await this.#ends.openOutput().line(`Key ${id} is valid until ${created.old.expiresAt}.`)
    })
  }

  async #show({ text, key }: CreatedKey, json: true | undefined): Promise<void> {
    const output = this.#ends.openOutput()
    if (json) await output.write(jsonLine({ ...shown(key, Date.now()), key: text }))
    else
      await output.line(
        `${text}\nThis is key ${key.id} of ${key.platform}. It is not shown again: give it to the platform by a safe way.`,
      )
  }

  async #manage(config: ConfigOption, work: (manager: KeyManager) => Promise<void>): Promise<void> {
    await this.#ends.openLog(config, (log: EventLog, { topics }: Settings) =>
      work(new KeyManager(log, topics.gatewayKeys)),
    )
  }
}

const HEAD = ['id', 'platform', 'created', 'expires', 'networks', 'state']

const row = (key: GatewayKey, nowMs: number): string[] => [
  key.id,
  key.platform,
  key.createdAt,
  key.expiresAt ?? 'never',
  key.networks?.join(' ') ?? 'any',
  key.revokedAt === undefined ? stateOf(key, nowMs) : `revoked ${key.revokedAt}`,
]

/** Without its digest. */
function shown(key: GatewayKey, nowMs: number): object {
  const { schema: _, sha256: __, ...rest } = key
  return { ...rest, state: stateOf(key, nowMs) }
}
