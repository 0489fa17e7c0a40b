// SPDX-License-Identifier: Apache-2.0
//
// Asks for flags with posthog-js, as published, in a headless Chromium:
//   node flags-browser.mjs <chromium> <host> <project key> <user> <users who get a plan, with commas>
// Each of the latter captures an event that sets the plan, and waits until the flag knows.
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { chromium } from 'playwright-core'
import { finished } from './phases.mjs'

const [executablePath, host, projectKey, free, pros] = process.argv.slice(2)
const sdk = join(dirname(createRequire(import.meta.url).resolve('posthog-js/package.json')), 'dist', 'array.js')

const site = createServer((request, response) => {
  if (request.url === '/array.js') {
    response.writeHead(200, { 'content-type': 'text/javascript' })
    createReadStream(sdk).pipe(response)
  } else {
    response.writeHead(200, { 'content-type': 'text/html' })
    response.end('<!doctype html><title>Shop</title><link rel="icon" href="data:,"><script src="/array.js"></script>')
  }
})
await new Promise((listening) => site.listen(0, '127.0.0.1', listening))
// Another site than the host's, so that the browser demands CORS.
const shop = `http://localhost:${site.address().port}/`

const profile = await mkdtemp(join(tmpdir(), 'hogflare-browser-'))
const context = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
})

try {
  const requests = []
  context.on('response', (response) => {
    const url = new URL(response.url())
    if (response.url().startsWith(host)) requests.push({ path: url.pathname, status: response.status() })
  })
  async function visit(user, upgrades) {
    const page = await context.newPage()
    await page.goto(shop)
    const report = await page.evaluate(
      ([api_host, key, distinctID, upgrades]) =>
        new Promise((resolve) => {
          const { posthog } = window
          posthog.init(key, {
            api_host,
            opt_out_useragent_filter: true,
            persistence: 'memory',
            request_batching: false,
            autocapture: false,
            capture_pageview: false,
            disable_session_recording: true,
            disable_surveys: true,
            bootstrap: { distinctID, isIdentifiedID: true },
          })
          let before
          // Set by what the browser noted about the request of the event.
          const stored = () => performance.getEntriesByType('resource').find(({ name }) => /\/(e|capture)\/?(\?|$)/.test(name))?.responseEnd
          posthog.onFeatureFlags((flags, variants, context) => {
            const value = posthog.getFeatureFlag('pro-flag')
            const first = before === undefined
            if (first) before = value ?? null
            if (first && upgrades) posthog.capture('upgraded', { $set: { plan: 'pro' } })
            if (upgrades && (value !== true || !stored())) {
              // Without what the SDK itself remembers of the event.
              posthog.resetPersonPropertiesForFlags()
              posthog.reloadFeatureFlags()
              return
            }
            resolve({
              before,
              value,
              errors: Boolean(context?.errorsLoading),
              millis: upgrades ? performance.now() - stored() : null,
              payload: posthog.getFeatureFlagResult?.('pro-flag')?.payload ?? posthog.getFeatureFlagPayload('pro-flag') ?? null,
              variant: posthog.getFeatureFlag('three-ways') ?? null,
            })
          })
        }),
      [host, projectKey, user, upgrades],
    )
    await page.close()
    return report
  }
  const upgraded = []
  for (const user of pros.split(',')) upgraded.push(await visit(user, true))
  finished({ free: await visit(free, false), upgraded, requests })
} finally {
  await context.close()
  site.close()
  await rm(profile, { recursive: true, force: true })
}
