// Some queries of a batch.
const WORDS = 8

/** Some queries of a batch, by their numbers, packed as the batch is: 8 words each. */
export function selectedQueries(queries: Uint32Array, numbers: ArrayLike<number>): Uint32Array {
  if (numbers.length * WORDS === queries.length) return queries
  const words = new Uint32Array(numbers.length * WORDS)
  for (let place = 0; place < numbers.length; place++) {
    const from = numbers[place] * WORDS
    for (let word = 0; word < WORDS; word++) words[place * WORDS + word] = queries[from + word]
  }
  return words
}
