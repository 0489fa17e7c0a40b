// SPDX-License-Identifier: Apache-2.0
//
// Asks for flags with posthog-node, as published:
//   node flags-node.mjs <host> <project key> upgrade
//   node flags-node.mjs <host> <project key> evaluate <secret key> <file of users> <flag keys, with commas> <number>
// The first sets a property and waits for the flag on it. The second evaluates flags locally for users with their
// properties, and for the first few of them once more where it may ask.
import { readFile } from 'node:fs/promises'
import { PostHog } from 'posthog-node'
import { finished } from './phases.mjs'

const [host, projectKey, task, secretKey, file, keys, number] = process.argv.slice(2)
const errors = []

function client(options = {}) {
  const posthog = new PostHog(projectKey, { host, ...options })
  posthog.on('error', (error) => errors.push(String(error)))
  return posthog
}

// How long until the flag knows that a user has become a pro?
async function untilOn(posthog, user) {
  posthog.capture({ distinctId: user, event: 'upgraded', properties: { $set: { plan: 'pro' } } })
  await posthog.flush()
  const stored = performance.now()
  while ((await posthog.getFeatureFlag('pro-flag', user, { sendFeatureFlagEvents: false })) !== true) {
    if (performance.now() - stored > 60_000) throw new Error(`pro-flag stays off for ${user}`)
  }
  return performance.now() - stored
}

async function upgrade() {
  const posthog = client()
  await untilOn(posthog, 'node-first')
  const millis = []
  for (const user of ['node-a', 'node-b', 'node-c', 'node-d', 'node-pro']) {
    millis.push(await untilOn(posthog, user))
  }
  const report = {
    millis,
    pro: await posthog.getFeatureFlag('pro-flag', 'node-pro'),
    payload: await posthog.getFeatureFlagPayload('pro-flag', 'node-pro'),
    free: await posthog.getFeatureFlag('pro-flag', 'node-free'),
  }
  await posthog.shutdown()
  return report
}

async function evaluate() {
  const users = JSON.parse(await readFile(file, 'utf8'))
  const posthog = client({ personalApiKey: secretKey, featureFlagsPollingInterval: 60_000 })
  await posthog.reloadFeatureFlags()
  const local = {}
  const asked = {}
  for (const [i, [user, personProperties]] of Object.entries(users).entries()) {
    const options = {
      personProperties,
      groups: { company: `company-${i % 7}` },
      groupProperties: { company: { seats: i % 200 } },
    }
    local[user] = await posthog.getAllFlags(user, { ...options, onlyEvaluateLocally: true })
    if (i < Number(number)) {
      asked[user] = {}
      for (const key of keys.split(',')) {
        asked[user][key] = (await posthog.getFeatureFlag(key, user, { ...options, sendFeatureFlagEvents: false })) ?? false
      }
    }
  }
  await posthog.shutdown()
  return { local, asked }
}

finished({ ...(await (task === 'upgrade' ? upgrade() : evaluate())), errors })
