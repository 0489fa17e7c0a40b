// SPDX-License-Identifier: Apache-2.0
//
// Asks for flags with posthog-js, as published, in a headless Chromium:
//   node flags-browser.mjs <chromium> <host> <project key> <user with the plan> <user without it>
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { chromium } from 'playwright-core'
import { finished } from './phases.mjs'

const [executablePath, host, projectKey, pro, free] = process.argv.slice(2)
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
  const users = {}
  for (const user of [pro, free]) {
    const page = await context.newPage()
    await page.goto(shop)
    users[user] = await page.evaluate(
      ([api_host, key, distinctID]) =>
        new Promise((resolve) => {
          window.posthog.init(key, {
            api_host,
            opt_out_useragent_filter: true,
            persistence: 'memory',
            autocapture: false,
            capture_pageview: false,
            disable_session_recording: true,
            disable_surveys: true,
            bootstrap: { distinctID, isIdentifiedID: true },
          })
          window.posthog.onFeatureFlags((flags, variants, context) =>
            resolve({
              errors: Boolean(context?.errorsLoading),
              value: window.posthog.getFeatureFlag('pro-flag'),
              payload: window.posthog.getFeatureFlagResult?.('pro-flag')?.payload ?? window.posthog.getFeatureFlagPayload('pro-flag') ?? null,
              variant: window.posthog.getFeatureFlag('three-ways') ?? null,
            }),
          )
        }),
      [host, projectKey, user],
    )
    await page.close()
  }
  finished({ users, requests })
} finally {
  await context.close()
  site.close()
  await rm(profile, { recursive: true, force: true })
}
