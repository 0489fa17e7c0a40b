// SPDX-License-Identifier: Apache-2.0
//
// posthog-node for conformance.mjs. The SDK knows no current user: a client holds one.
import { randomUUID } from 'node:crypto'
import { PostHog } from 'posthog-node'

export async function start() {
  return { open, stop: async () => {} }
}

/** The SDK's retries and patience, shortened: what it does is the same. */
export const SHORTENED = { fetchRetryDelay: 300, requestTimeout: 2_000 }

async function open(host, key, { uncompressed = false, personless = false, patient = false }) {
  const posthog = new PostHog(key, { host, flushAt: 100, flushInterval: 200, disableCompression: uncompressed, ...(patient ? {} : SHORTENED) })
  posthog.on('error', (error) => console.error(key, String(error)))
  let user = randomUUID()
  let groups
  const send = (event, properties, more = {}) =>
    posthog.capture({
      distinctId: user,
      event,
      properties: personless ? { ...properties, $process_person_profile: false } : properties,
      groups,
      ...more,
    })
  return {
    id: () => user,
    capture: send,
    captureItems: (event, count) => {
      for (let n = 0; n < count; n++) send(event, { n })
    },
    captureAt: (event, time) => send(event, {}, { timestamp: new Date(time) }),
    identify: (id, $set, $set_once) => {
      posthog.identify({ distinctId: id, properties: { $set, $set_once, $anon_distinct_id: user } })
      user = id
    },
    alias: (alias) => posthog.alias({ distinctId: user, alias }),
    group: (groupType, groupKey, properties) => {
      posthog.groupIdentify({ distinctId: user, groupType, groupKey, properties })
      groups = { [groupType]: groupKey }
    },
    unset: (name) => send('$set', { $unset: [name] }),
    exception: (message) => posthog.captureException(new Error(message), user),
    flush: () => posthog.flush().catch((error) => console.error(key, 'flush:', String(error))),
    close: () => posthog.shutdown(10_000),
  }
}
