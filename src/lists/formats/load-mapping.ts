// Reads a mapping of CSV columns from its file.
import { invalidFile, readChecked } from '../../settings/load-settings.ts'
import { CsvMapping, mappingContradictions } from './csv-mapping.ts'

const SCHEMA = 'csv-mapping.schema.json'

/** @throws SettingsError That names the file, the place in it, and what was expected. */
export function loadCsvMapping(file: string): CsvMapping {
  // Type and check come from the same schema.
  const mapping = readChecked(file, CsvMapping, SCHEMA) as CsvMapping
  const contradictions = mappingContradictions(mapping)
  if (contradictions.length > 0) throw invalidFile(file, contradictions, SCHEMA)
  return mapping
}
