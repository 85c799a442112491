// deploy/codes.md: exit codes, dead-letter codes, parts of readiness and the API's problems, each from the code that uses it.
import { EVERY_COMMAND, EXIT_CODES, type ExitCodes } from '../contract/exit-codes.ts'
import { GATEWAY_PROBLEMS } from '../contract/gateway.ts'
import { REJECTIONS } from '../contract/rejection.ts'
import { PROBLEMS } from '../review/problems.ts'
import { READINESS } from '../telemetry/health-parts.ts'
import { tablePut, type Rows } from './table-put.ts'

/** The text of deploy/codes.md with its tables put in. */
export function withCodeTables(page: string): string {
  const tables: Readonly<Record<string, Rows>> = {
    'exit codes': exitRows(),
    'dead letters': rejectionRows(),
    problems: problemRows(PROBLEMS),
    'refusals of the gateway': problemRows(GATEWAY_PROBLEMS),
  }
  return Object.entries(tables).reduce((text, [name, rows]) => tablePut(text, name, rows), page)
}

/** The text of deploy/operations.md with its table of readiness put in. */
export const withReadinessTable = (page: string): string =>
  tablePut(page, 'readiness', [
    ['part', 'of', 'not ready while', 'matching, or taking hits in'],
    ...Object.entries(READINESS).map(([part, { of, notReadyWhile, meanwhile }]) => [
      `\`${part}\``,
      of,
      notReadyWhile,
      meanwhile,
    ]),
  ])

const codeRows = (command: string, codes: ExitCodes): Rows =>
  Object.entries(codes).map(([code, meaning]) => [command, code, meaning])

function exitRows(): Rows {
  return [
    ['command', 'exit code', 'meaning'],
    ...codeRows('every command', EVERY_COMMAND),
    ...Object.entries(EXIT_CODES).flatMap(([command, codes]) => codeRows(`\`${command}\``, codes)),
  ]
}

const rejectionRows = (): Rows => [
  ['code', 'meaning', 'of'],
  ...Object.entries(REJECTIONS).map(([code, { meaning, of }]) => [`\`${code}\``, meaning, of]),
]

const problemRows = (
  problems: Readonly<Record<string, { readonly status: number; readonly title: string }>>,
): Rows => [
  ['code', 'HTTP status', 'title'],
  ...Object.entries(problems).map(([code, { status, title }]) => [`\`${code}\``, String(status), title]),
]
