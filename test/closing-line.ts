// A reporter for vitest: the last line of a run says in plain words how many tests passed and failed.
import type { Reporter, TestModule } from 'vitest/node'

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap(({ children }) => [...children.allTests()])
    const states = tests.map((test) => test.result().state)
    // A file that could not be loaded has no test that fails.
    const broken = modules.filter(
      (one) => one.state() === 'failed' && [...one.children.allTests('failed')].length === 0,
    )
    const passed = states.filter((state) => state === 'passed').length
    const failed = states.filter((state) => state === 'failed').length + broken.length
    console.log(`tests: ${passed} passed, ${failed} failed`)
  }
}
