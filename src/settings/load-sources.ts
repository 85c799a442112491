// Reads config/sources.yaml, or a file of one's own, and says in words which of its sources are wrong.
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { configFile, invalidFile, problemsOf, readChecked } from './load-settings.ts'
import { sourceContradictions, sourceForm, type Sources } from './source-settings.ts'

const SCHEMA = 'sources.schema.json'

/** Each source is held against the schema of its kind: errors of all kinds together would mean nothing. */
const AnySources = Type.Object(
  { sources: Type.Array(Type.Unknown(), { maxItems: 64 }) },
  { additionalProperties: false },
)

/** The lists to keep up to date. @throws SettingsError */
export function loadSources(file = configFile('sources.yaml')): Sources {
  // Its type and its check come from one schema.
  const { sources } = readChecked(file, AnySources, SCHEMA) as { readonly sources: readonly unknown[] }
  const problems = sources.flatMap((source, at) =>
    problemsOf(Compile(sourceForm(source)).Errors(source), `/sources/${at}`),
  )
  if (problems.length > 0) throw invalidFile(file, problems, SCHEMA)
  // Each was just held against the schema of its kind.
  const all = { sources } as Sources
  const contradictions = sourceContradictions(all)
  if (contradictions.length > 0) throw invalidFile(file, contradictions, SCHEMA)
  return all
}
