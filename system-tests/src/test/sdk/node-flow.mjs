// SPDX-License-Identifier: Apache-2.0
//
// Runs posthog-node, as published, through one fixed flow:
//   node node-flow.mjs <host> <project key>
import { PostHog } from 'posthog-node'
import { done, finished } from './phases.mjs'

const [host, projectKey] = process.argv.slice(2)

const requests = []
const errors = []

/** The platform's own fetch, which also notes each request with the status of its answer. */
async function notingFetch(url, options) {
  const request = { method: options.method, path: new URL(url).pathname, status: 0 }
  requests.push(request)
  const response = await fetch(url, options)
  request.status = response.status
  return response
}

const posthog = new PostHog(projectKey, { host, fetch: notingFetch })
posthog.on('error', (error) => errors.push(String(error)))

// An anonymous visitor becomes a user.
posthog.capture({
  distinctId: 'node-visitor',
  event: 'pricing viewed',
  properties: { page: '/pricing', $set: { plan: 'trial' }, $set_once: { first_page: '/pricing' } },
})
await posthog.flush()
posthog.identify({
  distinctId: 'node-user',
  properties: { $set: { email: 'ada@example.com' }, $set_once: { first_page: '/login' }, $anon_distinct_id: 'node-visitor' },
})
await posthog.flush()
posthog.capture({
  distinctId: 'node-user',
  event: 'signed up',
  properties: { $set: { plan: 'pro' } },
})

// An older id turns out to be the same user.
posthog.alias({ distinctId: 'node-user', alias: 'node-legacy' })
await posthog.flush()
await done('aliased')
posthog.capture({ distinctId: 'node-legacy', event: 'legacy opened', properties: {} })
await posthog.flush()

// The user belongs to a company.
posthog.groupIdentify({
  distinctId: 'node-user',
  groupType: 'company',
  groupKey: 'acme',
  properties: { tier: 'gold', seats: 12 },
})
await posthog.flush()
posthog.capture({
  distinctId: 'node-user',
  event: 'invoice paid',
  properties: { amount: 42.5 },
  groups: { company: 'acme', project: 'apollo' },
})

// Without an id the SDK makes one up and asks for no person.
posthog.capture({ event: 'health checked', properties: { ok: true } })
await posthog.flush()

// More than one batch.
for (let n = 0; n < 45; n++) {
  posthog.capture({ distinctId: 'node-bulk', event: 'bulk', properties: { n } })
}
await posthog.shutdown()

finished({ requests, errors })
