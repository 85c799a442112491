// Puts the address of its runbook on every alert of the rules' file.
import { runbookUrl } from '../telemetry/panels/runbooks.ts'

const ALERT = /^ +- alert: (\w+)\n(?: {8}.*\n)*? {8}annotations:\n/gm

/** The text of the rules with an annotation `runbook_url` on each alert; everything else stays as it was. */
export const withRunbookLinks = (rules: string): string =>
  rules
    .replaceAll(/^ {10}runbook_url: .*\n/gm, '')
    .replaceAll(ALERT, (text, alert: string) => `${text}          runbook_url: ${runbookUrl(alert)}\n`)
