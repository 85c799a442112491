// The room `documents` generates files that follow from the code: schemas, AsyncAPI, the linter's import rules, the table
// of rooms. `npm run documents` writes them; test/documents/ fails if one of them is stale.
import { readFileSync, writeFileSync } from 'node:fs'
import { withMeasuredFigures } from './capacity-figures.ts'
import { withCapacityTables } from './capacity-tables.ts'
import { withCodeTables, withReadinessTable } from './codes-tables.ts'
import { lintConfig, withRoomTable } from './import-rules.ts'
import { withMetricTables } from './metrics-table.ts'
import { producerTypes } from './producer-types.ts'
import { withRightsTables } from './rights-tables.ts'
import { withRunbookLinks } from './runbook-links.ts'
import { schemaDocuments } from './schemas.ts'
import { withSettingsTables } from './settings-tables.ts'

const ROOT = new URL('../../', import.meta.url)

const METRICS = 'deploy/prometheus/README.md'
const CAPACITY = 'deploy/capacity.md'
const MEASURED = 'src/capacity/measured.ts'
const RULES = 'deploy/prometheus/hashwarden.rules.yaml'

const now = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8')

/** Path in the project and text of each generated file. */
export async function documents(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ...[...schemaDocuments()].map(([name, text]): [string, string] => [`config/${name}`, text]),
    ...producerTypes(),
    ['.oxlintrc.json', lintConfig(now('.oxlintrc.json'))],
    ['src/README.md', withRoomTable(now('src/README.md'))],
    [RULES, withRunbookLinks(now(RULES))],
    [MEASURED, withMeasuredFigures(now(MEASURED))],
    ['deploy/settings.md', withSettingsTables(now('deploy/settings.md'))],
    ['deploy/codes.md', withCodeTables(now('deploy/codes.md'))],
    ['deploy/operations.md', withReadinessTable(now('deploy/operations.md'))],
    ['deploy/kafka.md', withRightsTables(now('deploy/kafka.md'))],
    [CAPACITY, withCapacityTables(now(CAPACITY))],
    [METRICS, await withMetricTables(now(METRICS), now(RULES))],
  ])
}

if (import.meta.main) {
  for (const [path, text] of await documents()) writeFileSync(new URL(path, ROOT), text)
}
