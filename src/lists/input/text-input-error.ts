// The error of all that reads a file as text.

/** A file that can't be read as text: names the file, its form, and what to do. */
export class TextInputError extends Error {
  readonly code = 'TEXT_INPUT'
  override readonly name = 'TextInputError'
}
