// SPDX-License-Identifier: Apache-2.0
//
// Asks for flags with posthog-node, as published, remotely and by local evaluation:
//   node flags-node.mjs <host> <project key> <secret key> <number of ids> <official flag keys, with commas>
import { PostHog } from 'posthog-node'
import { done, finished } from './phases.mjs'

const [host, projectKey, secretKey, count, keys] = process.argv.slice(2)

const errors = []
const remote = new PostHog(projectKey, { host })
remote.on('error', (error) => errors.push(String(error)))

// One of two users becomes a pro; how long until the flag knows?
async function untilOn(user) {
  remote.capture({ distinctId: user, event: 'upgraded', properties: { $set: { plan: 'pro' } } })
  await remote.flush()
  const stored = performance.now()
  while ((await remote.getFeatureFlag('pro-flag', user, { sendFeatureFlagEvents: false })) !== true) {
    if (performance.now() - stored > 60_000) throw new Error(`pro-flag stays off for ${user}`)
  }
  return performance.now() - stored
}

await untilOn('node-first')
const millis = []
for (const user of ['node-a', 'node-b', 'node-c', 'node-d', 'node-pro']) {
  millis.push(await untilOn(user))
}
await done('upgraded', {
  millis,
  pro: await remote.getFeatureFlag('pro-flag', 'node-pro'),
  payload: await remote.getFeatureFlagPayload('pro-flag', 'node-pro'),
  free: await remote.getFeatureFlag('pro-flag', 'node-free'),
})

const local = new PostHog(projectKey, { host, personalApiKey: secretKey, featureFlagsPollingInterval: 60_000 })
local.on('error', (error) => errors.push(String(error)))
await local.reloadFeatureFlags()
const values = {}
for (let i = 0; i < Number(count); i++) {
  const flags = {}
  for (const key of keys.split(',')) {
    flags[key] =
      (await local.getFeatureFlag(key, `id-${i}`, {
        onlyEvaluateLocally: true,
        sendFeatureFlagEvents: false,
        personProperties: { email: `id-${i}@${i % 3 ? 'acme' : 'other'}.example` },
        groups: { company: `company-${i % 7}` },
        groupProperties: { company: { seats: `${i % 200}` } },
      })) ?? null
  }
  values[`id-${i}`] = flags
}
await remote.shutdown()
await local.shutdown()
finished({ values, errors })
