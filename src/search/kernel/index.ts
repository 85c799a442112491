// The kernel: similarity search by a nested pigeonhole, in AssemblyScript for WebAssembly with SIMD. It is one
// module with one import (the memory) and no data section, so that several threads can run it on one memory.
//
//   memory.ts      where things lie
//   classes.ts     the order of bits in which mirror images complement whole classes
//   tables.ts      building the sixteen tables
//   pass.ts        what one pass asks
//   estimate.ts    what a row's probes would cost
//   sparse.ts      few values: most buckets are empty, and one bit tells
//   direct.ts      few queries: probe bucket by bucket
//   parts.ts       many queries: every table once, in parts that fit the first-level cache
//   stream.ts      full batches, long buckets: probes wait at their buckets, and every table is streamed once
//   ahead.ts       reading memory before it is scanned
//   filter.ts      the next-chunk filter over one bucket
//   candidates.ts  third chunk, whole value, exactly one report a pair
//   flat.ts        the plain scan, for small sets, great radii and hostile sets
export { initConstants, layoutMaxRows, layoutResultsOffset, layoutScratchBytes } from './memory'
export { fromClasses, toClassesAll, transposeAll } from './classes'
export { buildTable } from './tables'
export { bindIndex, bindQuery, bindScratch, hasGivenUp, limitWork, takeOverflow, takeResults } from './pass'
export { estimateRows, layoutEstimatesOffset } from './estimate'
export { searchSparse } from './sparse'
export { searchDirect } from './direct'
export { searchStream, sortRows } from './stream'
export { searchParts } from './parts'
export { searchFlat } from './flat'
