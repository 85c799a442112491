// Typed arrays that grow.
type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array

/**
 * The column with room for at least `length` elements, its elements kept: itself if it has it, otherwise a copy
 * half as large again, so that a million appends copy each element about twice, and at most a third is idle.
 */
export function withRoom<T extends Column>(Type: new (length: number) => T, column: T, length: number): T {
  if (length <= column.length) return column
  const grown = new Type(Math.max(length, column.length + (column.length >>> 1)))
  grown.set(column)
  return grown
}
