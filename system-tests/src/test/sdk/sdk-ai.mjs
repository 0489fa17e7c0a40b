// SPDX-License-Identifier: Apache-2.0
//
// @posthog/ai for conformance.mjs: the OpenAI client that it wraps talks to a stand-in of the model.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { OpenAI } from '@posthog/ai/openai'
import { PostHog } from 'posthog-node'
import { SHORTENED } from './sdk-node.mjs'

const COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_795_000_000,
  model: 'gpt-4o-mini',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Amber.' } }],
  usage: { prompt_tokens: 11, completion_tokens: 3, total_tokens: 14 },
}

export async function start() {
  const model = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(COMPLETION))
    })
  })
  await new Promise((listening) => model.listen(0, '127.0.0.1', listening))
  return {
    open: async (host, key, { uncompressed = false }) => {
      const posthog = new PostHog(key, { host, flushAt: 100, flushInterval: 200, disableCompression: uncompressed, ...SHORTENED })
      const openai = new OpenAI({ apiKey: 'none', baseURL: `http://127.0.0.1:${model.address().port}/v1`, posthog })
      const user = randomUUID()
      return {
        id: () => user,
        generate: (prompt) =>
          openai.chat.completions
            .create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: prompt }], posthogDistinctId: user })
            .then((completion) => completion.choices[0].message.content),
        flush: () => posthog.flush().catch((error) => console.error(key, 'flush:', String(error))),
        close: () => posthog.shutdown(10_000),
      }
    },
    stop: async () => model.close(),
  }
}
