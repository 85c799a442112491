// The linter's rules that follow from the rooms, and the table of rooms for src/README.md.
import { CAGED_PACKAGES, LEAVES, mayImport, ROOMS } from './rooms.ts'
import { tablePut } from './table-put.ts'

/** One override of .oxlintrc.json. */
interface Override {
  readonly files: readonly string[]
  readonly rules: Readonly<Record<string, unknown>>
}

/** For each room one override that forbids the imports that {@link ROOMS} doesn't allow. */
function importRules(): readonly Override[] {
  const names = Object.keys(ROOMS)
  return names.flatMap((room) => {
    const forbidden = names.filter((other) => !mayImport(room, other))
    const allowed = names.filter((other) => other !== room && mayImport(room, other))
    const patterns = [
      ...(forbidden.length === 0
        ? []
        : [
            {
              regex: `^\\.{1,2}/(.*/)?(${forbidden.join('|')})/`,
              message: `The room ${room} may import only ${allowed.join(', ') || 'nothing'}: see src/README.md.`,
            },
          ]),
      ...Object.entries(CAGED_PACKAGES)
        .filter(([, cage]) => cage !== room)
        .map(([name, cage]) => ({
          regex: `^${name}($|/)`,
          message: `Only the room ${cage} may import ${name}: see src/README.md.`,
        })),
    ]
    return [{ files: [`src/${room}/**`], rules: { 'no-restricted-imports': ['error', { patterns }] } }]
  })
}

/** The text of .oxlintrc.json with the rules for rooms put in; everything else stays as it was. */
export function lintConfig(before: string): string {
  const config: Readonly<Record<string, unknown>> = JSON.parse(before)
  return `${JSON.stringify({ ...config, overrides: importRules() }, null, 2)}\n`
}

/** The text of src/README.md with the table of rooms put in. */
export function withRoomTable(readme: string): string {
  const rows = Object.entries(ROOMS).map(([name, { purpose, mayImport: rooms }]) => {
    const imports = rooms === 'everything' ? 'all' : rooms.join(', ') || 'nothing'
    return [`\`${name}/\``, purpose, LEAVES.includes(name) ? 'nothing; imported by all' : imports]
  })
  return tablePut(readme, 'rooms', [['room', 'what lives there', 'may import'], ...rows])
}
