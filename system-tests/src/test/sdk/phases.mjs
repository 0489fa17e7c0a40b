// SPDX-License-Identifier: Apache-2.0
//
// Lets a test take a flow forward step by step: the flow reports a step on standard output and goes
// on when the test answers with a line on standard input.
import { createInterface } from 'node:readline'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

/** Reports that a step is done and waits for the test. */
export async function done(step, report = {}) {
  process.stdout.write(JSON.stringify({ step, ...report }) + '\n')
  const { done: closed } = await lines.next()
  if (closed) {
    throw new Error(`The test went away after the step "${step}".`)
  }
}

/** Reports the last step. */
export function finished(report) {
  process.stdout.write(JSON.stringify({ step: 'finished', ...report }) + '\n')
  process.stdin.destroy()
}
