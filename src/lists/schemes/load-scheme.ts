// Reads schemes: those of config/schemes/ by name, others by file.
import { existsSync, readdirSync } from 'node:fs'
import { configFile, invalidFile, readChecked, SettingsError } from '../../settings/load-settings.ts'
import { Scheme, WITHOUT_CODE } from './scheme.ts'

const SCHEMA = 'scheme.schema.json'
const ENDING = '.yaml'

/** The names of the schemes in config/schemes/. */
export const schemeNames = (): readonly string[] =>
  readdirSync(configFile('schemes'))
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length))
    .sort()

/** The scheme of this name, or of a file of one's own. */
export function loadScheme(nameOrFile: string): Scheme {
  const names = schemeNames()
  if (names.includes(nameOrFile)) return readScheme(configFile(`schemes/${nameOrFile}${ENDING}`))
  if (existsSync(nameOrFile)) return readScheme(nameOrFile)
  throw new SettingsError(
    `There is no scheme ${nameOrFile}, and no such file. Schemes are ${names.join(', ')}; a file of your own says what other codes mean (config/schemes has examples).`,
  )
}

/** Whether a list that declares this name follows the scheme: its own name, as in our exports, or that of its country. */
export const isDeclaredBy = ({ name, declaredBy = [] }: Scheme, declared: string): boolean =>
  name === declared || declaredBy.includes(declared)

/** The scheme in config/schemes/ that a list declares by one of its names; undefined if there is none. */
export const schemeDeclaredBy = (declared: string): Scheme | undefined =>
  schemeNames()
    .map(loadScheme)
    .find((scheme) => isDeclaredBy(scheme, declared))

function readScheme(file: string): Scheme {
  // Type and check come from the same schema.
  const scheme = readChecked(file, Scheme, SCHEMA) as Scheme
  const { codes, missing } = scheme
  if ([...WITHOUT_CODE, ...Object.keys(codes)].includes(missing)) return scheme
  throw invalidFile(
    file,
    [`/missing must be ${WITHOUT_CODE.join(', ')}, or one of the codes: what a file without a code is`],
    SCHEMA,
  )
}
