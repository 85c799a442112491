// Paths in bytes, and paths as text for people.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

// Paths as the file system has them. A name on Linux is a row of bytes and need not be UTF-8, and Node replaces
// each byte that is not by U+FFFD, so that the file can't be opened by that name any more.

declare const brand: unique symbol

/** A path in bytes: each character (U+0000 to U+00FF) stands for one. */
export type BytePath = string & { readonly [brand]: 'BytePath' }

/** The path that a text means: its UTF-8 bytes. */
export const bytePath = (text: string): BytePath => bytesAsPath(Buffer.from(text))

/** The path as the file system takes it. */
export const pathBytes = (path: BytePath): Buffer => Buffer.from(path, 'latin1')

/** A name in the folder `path`. `name` is in bytes, too. */
export const pathIn = (path: BytePath, name: string): BytePath =>
  // `join` looks at dots and slashes only, and adds no other character.
  join(path, name) as BytePath

/**
 * The path that an argument of the command line means. Node has replaced bytes that are not UTF-8; where it did,
 * Linux still has the bytes.
 */
export function pathOfArgument(argument: string): BytePath {
  if (!argument.includes('\uFFFD')) return bytePath(argument)
  const raw = rawArguments().find((bytes) => bytes.toString() === argument)
  return raw ? bytesAsPath(raw) : bytePath(argument)
}

function rawArguments(): Buffer[] {
  let line: Buffer
  try {
    line = readFileSync('/proc/self/cmdline')
  } catch {
    return []
  }
  const all: Buffer[] = []
  for (let from = 0, to = line.indexOf(0); to >= 0; from = to + 1, to = line.indexOf(0, from)) {
    all.push(line.subarray(from, to))
  }
  return all
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The path as text. Where it is not UTF-8, each byte above 7F becomes `\xNN`. */
export function pathText(path: BytePath): string {
  try {
    return UTF8.decode(pathBytes(path))
  } catch {
    return path.replace(/[\u0080-\u00ff]/g, escaped)
  }
}

/** A file name as one line of text: control characters (a name may hold newlines and escapes) become `\xNN`. */
export const printable = (name: string): string => name.replace(/\p{Cc}/gu, escaped)

const escaped = (character: string): string => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`

// Latin-1 maps each byte to the character of the same number.
const bytesAsPath = (bytes: Buffer): BytePath => bytes.toString('latin1') as BytePath
