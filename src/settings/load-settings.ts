// Reads settings and policy from YAML files and the environment, and says in words which of them are wrong.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'
import { parse, YAMLParseError } from 'yaml'
import { Policy } from '../policy/policy.ts'
import { fileProblem } from '../secrets/file-problem.ts'
import { gatewayContradictions } from './gateway-settings.ts'
import { identityForm, kafkaContradictions } from './kafka-settings.ts'
import { Settings } from './settings.ts'

/** The path of a file in config/. */
export const configFile = (name: string): string =>
  fileURLToPath(new URL(`../../config/${name}`, import.meta.url))

const SETTINGS_SCHEMA = 'hashwarden.schema.json'

/** A settings file that can't be used. The message names the file, the place in it, and what was expected. */
export class SettingsError extends Error {
  readonly code = 'SETTINGS'
  override readonly name = 'SettingsError'
}

/**
 * The settings of config/hashwarden.yaml, overridden by those in `file`: a file of one's own needs only the settings that
 * differ, and keeps working when a new setting comes in. KAFKA_BROKERS in the environment overrides both.
 */
export function loadSettings(file?: string, environment = process.env): Settings {
  const defaults = configFile('hashwarden.yaml')
  const own = file === undefined ? {} : readYaml(file)
  return settingsOf(file ?? defaults, isFields(own) ? overlaid(readYaml(defaults), own) : own, environment)
}

function settingsOf(file: string, value: unknown, environment: NodeJS.ProcessEnv): Settings {
  // Type and check come from the same schema.
  const settings = checked(file, value, Settings, SETTINGS_SCHEMA) as Settings
  const contradictions = [
    ...kafkaContradictions(settings.kafka),
    ...matchContradictions(settings.match),
    ...gatewayContradictions(settings.gateway),
  ]
  if (contradictions.length > 0) throw invalidFile(file, contradictions, SETTINGS_SCHEMA)
  const variable = environment['KAFKA_BROKERS']
  if (!variable) return settings
  const brokers = variable
    .split(',')
    .map((broker) => broker.trim())
    .filter((broker) => broker !== '')
  if (brokers.length === 0) {
    throw new SettingsError('KAFKA_BROKERS names no broker: expected host:port, several separated by commas.')
  }
  return { ...settings, kafka: { ...settings.kafka, brokers } }
}

/** What the fields of `match` say against each other. */
const matchContradictions = ({ canarySeconds, retro }: Settings['match']): readonly string[] =>
  canarySeconds === 0 && retro.share > 0
    ? [
        '/match/canarySeconds is 0: without canaries an idle partition commits nothing, and looking back (/match/retro/share above 0) waits for its commits. Set canarySeconds above 0, or retro.share to 0',
      ]
    : []

/** The policy of config/policy.yaml, or of `file`. */
export function loadPolicy(file = configFile('policy.yaml')): Policy {
  // The schema's hash rules are built in a loop, so TypeScript can't derive the interface. Both have the same shape.
  const policy = readChecked(file, Policy, 'policy.schema.json') as Policy
  if (!Object.values(policy.hashes).some(({ part }) => part === 'hit')) {
    throw new SettingsError(
      `${file} is not valid:\n  /hashes has no rule with part: hit, so no report would ever make a hit`,
    )
  }
  return policy
}

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  value !== null && typeof value === 'object' && !Array.isArray(value)

/** The fields of both. Where both have a field, that of `over` counts; a list is replaced as a whole. */
function overlaid(under: unknown, over: Fields): Fields {
  const fields: Record<string, unknown> = isFields(under) ? { ...under } : {}
  for (const [name, value] of Object.entries(over))
    fields[name] = isFields(value) ? overlaid(fields[name], value) : value
  return fields
}

function readYaml(file: string): unknown {
  try {
    // Its warnings would quote the file.
    return parse(readFileSync(file, 'utf8'), { logLevel: 'error' })
  } catch (error) {
    throw new SettingsError(`Cannot read ${file}: ${whyUnreadable(error)}`, { cause: error })
  }
}

/** Without the line that is wrong: somebody may have written a password there. */
function whyUnreadable(error: unknown): string {
  if (error instanceof YAMLParseError) {
    const [at] = error.linePos ?? []
    const place = at ? ` at line ${at.line}, column ${at.col}` : ''
    return `it is not YAML${place} (${error.code.toLowerCase().replaceAll('_', ' ')})`
  }
  if (error instanceof Error && 'syscall' in error) return fileProblem(error)
  return 'it is not YAML: an alias names nothing, or too much'
}

/**
 * What a YAML file says, if it passes the check of a schema, whose JSON form is config/<schemaName>.
 * @throws SettingsError
 */
export const readChecked = (file: string, schema: TSchema, schemaName: string): unknown =>
  checked(file, readYaml(file), schema, schemaName)

/** The value, if it passes the check; otherwise throws a SettingsError. */
function checked(file: string, value: unknown, schema: TSchema, schemaName: string): unknown {
  const validator = Compile(schema)
  if (validator.Check(value)) return value
  const problems = [
    ...problemsOf(validator.Errors(value)).filter((line) => !/^\/kafka\/sasl[ /]/.test(line)),
    ...saslProblems(value),
  ]
  throw invalidFile(file, problems, schemaName)
}

/** A file that contradicts itself, or its schema. */
export const invalidFile = (file: string, problems: readonly string[], schemaName: string): SettingsError =>
  new SettingsError(
    `${file} is not valid:\n${problems.map((problem) => `  ${problem}\n`).join('')}Its schema: ${configFile(schemaName)}`,
  )

/** Problems of kafka.sasl, which has two forms: those of the form that its mechanism needs. */
function saslProblems(settings: unknown): readonly string[] {
  const kafka: unknown = Reflect.get(Object(settings), 'kafka')
  const sasl: unknown = Reflect.get(Object(kafka), 'sasl')
  return sasl === undefined ? [] : problemsOf(Compile(identityForm(sasl)).Errors(sasl), '/kafka/sasl')
}

/** The problems, each as `/place problem`. */
export const problemsOf = (errors: ReturnType<Validator['Errors']>, under = ''): readonly string[] =>
  errors
    // An unknown field gives two errors: one with its own name (the schema `false`), and one with the object around it.
    .filter(({ keyword }) => keyword !== 'additionalProperties')
    .map(({ keyword, instancePath, message, params }) =>
      keyword === 'boolean'
        ? `${under}${instancePath} is not a setting`
        : `${under + instancePath || '/'} ${message}${namesOf(params)}`,
    )

function namesOf(params: object): string {
  if ('requiredProperties' in params) return `: ${String(params.requiredProperties)}`
  if ('allowedValues' in params) return `: ${String(params.allowedValues)}`
  return ''
}
