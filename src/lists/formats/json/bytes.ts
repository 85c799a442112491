// The bytes of JSON's grammar (RFC 8259), and tables that say what may follow.

export const QUOTE = 0x22
export const COMMA = 0x2c
export const COLON = 0x3a
export const BACKSLASH = 0x5c
export const OPEN_BRACKET = 0x5b
export const CLOSE_BRACKET = 0x5d
export const OPEN_BRACE = 0x7b
export const CLOSE_BRACE = 0x7d
export const SMALL_U = 0x75

/** 1 for the four bytes of white space. */
export const IS_SPACE = tableOf(' \t\n\r')

/** 1 for the bytes of a string that stand for themselves: no quote, backslash or control character. */
export const IS_PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte === QUOTE || byte === BACKSLASH ? 0 : 1,
)

/** 1 for the bytes that may follow a backslash. */
export const IS_ESCAPE = tableOf('"\\/bfnrtu')

/** The words, by their first byte. */
export const WORDS: ReadonlyMap<number, Buffer> = new Map(
  ['true', 'false', 'null'].map((word) => [word.charCodeAt(0), Buffer.from(word)]),
)

/** How far a number has come. 0: the byte doesn't belong to it. */
export const NUMBER = {
  minus: 1,
  zero: 2,
  integer: 3,
  point: 4,
  fraction: 5,
  e: 6,
  sign: 7,
  exponent: 8,
} as const

/** Whether a number may end there. */
export const IS_WHOLE_NUMBER = [false, false, true, true, false, true, false, false, true] as const

/** The state after a byte, at [state * 256 + byte]. State 0: a number begins. */
export const NUMBER_NEXT = numberTable()

function tableOf(bytes: string): Uint8Array {
  const table = new Uint8Array(256)
  for (const byte of Buffer.from(bytes)) table[byte] = 1
  return table
}

function numberTable(): Uint8Array {
  const { minus, zero, integer, point, fraction, e, sign, exponent } = NUMBER
  const table = new Uint8Array(9 * 256)
  const from = (states: readonly number[], bytes: string, next: number): void => {
    for (const state of states) for (const byte of Buffer.from(bytes)) table[state * 256 + byte] = next
  }
  const digits = '0123456789'
  from([0], '-', minus)
  from([0, minus], '0', zero)
  from([0, minus], '123456789', integer)
  from([integer], digits, integer)
  from([zero, integer], '.', point)
  from([point, fraction], digits, fraction)
  from([zero, integer, fraction], 'eE', e)
  from([e], '+-', sign)
  from([e, sign, exponent], digits, exponent)
  return table
}
