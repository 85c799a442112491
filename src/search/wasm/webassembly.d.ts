// The part of the WebAssembly interface that the search kernel uses. Node has it, but its types are in the
// browser's library, and nothing else of that library belongs here.
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum: number; shared: true })
    readonly buffer: SharedArrayBuffer
  }
  interface Module {
    readonly [Symbol.toStringTag]: string
  }
  const Module: new (bytes: Uint8Array<ArrayBuffer>) => Module
  class Instance {
    constructor(module: Module, imports: { env: { memory: Memory } })
    readonly exports: object
  }
  function validate(bytes: Uint8Array<ArrayBuffer>): boolean
}
