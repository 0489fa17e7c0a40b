// SPDX-License-Identifier: Apache-2.0
//
// Asks for flags with posthog-js, as published, in a headless Chromium:
//   node flags-browser.mjs <chromium> <host> <project key> <user> <users who get a plan, with commas>
// Each of the latter captures an event that sets the plan, and waits until the flag knows.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { openBrowser, openSite } from './browser.mjs'
import { finished } from './phases.mjs'

const [executablePath, host, projectKey, free, pros] = process.argv.slice(2)
const sdk = join(dirname(createRequire(import.meta.url).resolve('posthog-js/package.json')), 'dist', 'array.js')

const site = await openSite({
  '/array.js': sdk,
  '/': { html: '<!doctype html><title>Shop</title><link rel="icon" href="data:,"><script src="/array.js"></script>' },
})
const { context, close } = await openBrowser(executablePath)

try {
  const requests = []
  context.on('response', (response) => {
    const url = new URL(response.url())
    if (response.url().startsWith(host)) requests.push({ path: url.pathname, status: response.status() })
  })
  async function visit(user, upgrades) {
    const page = await context.newPage()
    await page.goto(site.url)
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
  await close()
  site.close()
}
