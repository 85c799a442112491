// The package `hashwarden/client`.
export type {
  ClientEvents,
  ClientOptions,
  FileFacts,
  OutgoingReport,
  ReportedFile,
  Trouble,
} from './client-types.ts'
export { ReportClient } from './report-client.ts'
export { SpoolFullError } from './spool/spool.ts'
export { HashingError } from '../hashing/hashing-error.ts'
