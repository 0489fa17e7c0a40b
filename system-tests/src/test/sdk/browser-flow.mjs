// SPDX-License-Identifier: Apache-2.0
//
// Runs posthog-js, as published, in a headless Chromium through one fixed flow:
//   node browser-flow.mjs <chromium> <host> <project key> <remote config>
// The remote config is the JSON that the host would answer; with "none" the host is asked for it,
// with "missing" it is answered 404.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { openBrowser, openSite } from './browser.mjs'
import { done, finished } from './phases.mjs'

const [executablePath, host, projectKey, remoteConfig] = process.argv.slice(2)
const sdk = join(dirname(createRequire(import.meta.url).resolve('posthog-js/package.json')), 'dist', 'array.js')

const PAGE = `<!doctype html>
<html><head><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,"></head>
<body><h1>Shop</h1><script src="/array.js"></script></body></html>`

const site = await openSite({ '/array.js': sdk, '/': { html: PAGE } })
const shop = `${site.url}shop?utm_source=letter`
const { context, close } = await openBrowser(executablePath)

try {
  await run()
} finally {
  await close()
  site.close()
}

async function run() {
  const requests = []
  const entries = new Map()
  const page = await context.newPage()
  context.on('request', (request) => {
    if (request.url().startsWith(host)) {
      const entry = {
        method: request.method(),
        path: new URL(request.url()).pathname,
        query: new URL(request.url()).search,
        contentType: request.headers()['content-type'] ?? null,
        status: 0,
        failure: null,
      }
      requests.push(entry)
      entries.set(request, entry)
    }
  })
  context.on('response', (response) => {
    const entry = entries.get(response.request())
    if (entry) entry.status = response.status()
  })
  context.on('requestfailed', (request) => {
    const entry = entries.get(request)
    if (entry) entry.failure = request.failure()?.errorText ?? 'unknown'
  })
  if (remoteConfig !== 'none') {
    await context.route(`${host}/array/**`, (route) =>
      remoteConfig === 'missing'
        ? route.fulfill({ status: 404 })
        : route.fulfill({
        status: 200,
        headers: { 'access-control-allow-origin': '*', 'content-type': 'text/javascript' },
        body: route.request().url().includes('config.js')
          ? `(window._POSTHOG_REMOTE_CONFIG ??= {})[${JSON.stringify(projectKey)}] = { config: ${remoteConfig}, siteApps: [] }`
          : remoteConfig,
      }),
    )
  }

  await page.goto(shop)
  const visitor = await page.evaluate(
    ([api_host, key]) => {
      window.captured = []
      window.posthog.init(key, {
        api_host,
        // Pages that a test drives look like a robot's.
        opt_out_useragent_filter: true,
        // Every event has a person, as with PostHog before 2024.
        person_profiles: 'always',
        disable_session_recording: true,
        disable_surveys: true,
        before_send: (event) => {
          if (event) window.captured.push({ event: event.event, uuid: event.uuid })
          return event
        },
      })
      return window.posthog.get_distinct_id()
    },
    [host, projectKey],
  )
  // The page view leaves by itself once the page is there.
  await page.waitForFunction(() => window.captured.some((e) => e.event === '$pageview'))

  await page.evaluate(() => {
    window.posthog.capture('cart filled', { items: 3, $set: { plan: 'trial' }, $set_once: { first_page: '/shop' } })
  })
  await done('visited', { visitor })

  await page.evaluate(() => {
    window.posthog.identify('browser-user', { email: 'ada@example.com' }, { first_page: '/login' })
  })
  // The SDK sends events that it thinks urgent in requests of their own, which may overtake each other.
  await done('known')

  await page.evaluate(() => {
    window.posthog.capture('order placed', { total: 12.5 }, { $set: { plan: 'pro' } })
  })
  await done('identified')

  await page.evaluate(() => {
    window.posthog.group('company', 'acme', { tier: 'gold' })
  })
  await done('joined')

  await page.evaluate(() => {
    window.posthog.capture('invoice paid', { amount: 42.5 })
  })
  await done('grouped')

  const next = await page.evaluate(() => {
    window.posthog.reset(true)
    window.posthog.capture('back again')
    return window.posthog.get_distinct_id()
  })

  await done('reset', { next })

  // Leaving sends by beacon what is still queued.
  const captured = await page.evaluate(() => {
    window.posthog.capture('said goodbye')
    return window.captured
  })
  await page.goto('about:blank')
  await done('left')
  finished({ captured, requests })
}
