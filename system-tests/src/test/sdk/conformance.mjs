// SPDX-License-Identifier: Apache-2.0
//
// Carries out calls on clients of one published SDK:
//   node conformance.mjs <adapter> [arguments of the adapter]
// A call is a line {"id", "client", "call", "args"} on standard input, its result a line {"id",
// "result"} or {"id", "error"} on standard output. Calls run side by side. The call "open" makes a
// client; every other one is a method of it, as the adapters sdk-*.mjs have them.
import { createInterface } from 'node:readline'

const [adapter, ...settings] = process.argv.slice(2)
// What an SDK logs must not get between the results.
console.log = console.info = console.warn = console.error
process.on('unhandledRejection', (error) => console.error('unhandled:', error))

const { start } = await import(`./sdk-${adapter}.mjs`)
const sdk = await start(...settings)
const clients = new Map()
const running = new Set()

for await (const line of createInterface({ input: process.stdin })) {
  const call = carryOut(JSON.parse(line)).finally(() => running.delete(call))
  running.add(call)
}
await Promise.allSettled(running)
await sdk.stop()
process.exit(0)

async function carryOut({ id, client, call, args }) {
  let answer
  try {
    let result = null
    if (call === 'open') clients.set(client, await sdk.open(...args))
    else result = await clients.get(client)[call](...args)
    answer = { id, result: result ?? null }
  } catch (error) {
    answer = { id, error: String(error?.stack ?? error) }
  }
  process.stdout.write(JSON.stringify(answer) + '\n')
}
