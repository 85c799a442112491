// Where runbooks are read: the one place that says so.

/**
 * The folder deploy/runbooks as your operators' browsers reach it. Put the address of your own copy here and run
 * `npm run documents`: rules and dashboards follow. (The top-level domain `example` is reserved, so that no
 * stranger can answer there.)
 */
const RUNBOOKS = 'https://hashwarden.example/deploy/runbooks/'

/** The runbook of an alert. */
export const runbookUrl = (alert: string): string => `${RUNBOOKS}${alert}.md`
