// What one picture may cost. A picture of a few kilobytes can ask for gigabytes of memory or minutes of time, so
// the first three limits are checked on the header, before anything is decoded, and the last two are kept by the
// process that waits for the decoder (hashing-pool.ts).

export interface HashingLimits {
  /** Pixels of width, and of height. */
  readonly maxSidePixels: number
  /** Width times height. */
  readonly maxPixels: number
  /** Bytes of a picture's file: they are held in memory until it is decoded. */
  readonly maxFileBytes: number
  /** Resident memory of the process that decodes, in MiB. */
  readonly maxMemoryMib: number
  /** Seconds from the file's last byte to its hashes. */
  readonly maxSeconds: number
}

/** 65,535 is the longest side that a JPEG can have. */
export const DEFAULT_LIMITS: HashingLimits = {
  maxSidePixels: 65_535,
  maxPixels: 100_000_000,
  maxFileBytes: 512 * 1024 * 1024,
  maxMemoryMib: 2_048,
  maxSeconds: 60,
}
