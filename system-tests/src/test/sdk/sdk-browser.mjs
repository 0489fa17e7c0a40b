// SPDX-License-Identifier: Apache-2.0
//
// posthog-js for conformance.mjs: one page for each client.
//   node conformance.mjs browser <chromium> <name of the package>
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { openBrowser, openSite } from './browser.mjs'

const PAGE = '<!doctype html><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,"><script src="/array.js"></script>'

export async function start(executablePath, name) {
  const site = await openSite({
    '/array.js': join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'dist', 'array.js'),
    '/': { html: PAGE },
  })
  const browser = await openBrowser(executablePath)
  return {
    open: async (host, key, options) => {
      const page = await browser.context.newPage()
      if (options.base64) await offerBase64(page, host, key)
      await page.goto(site.url)
      await page.evaluate(makeClient, [host, key, options])
      return pageClient(page)
    },
    stop: async () => {
      await browser.close()
      site.close()
    },
  }
}

/** A client that passes every call on to window.client of a page. */
export function pageClient(page) {
  const passOn = (call) => (...args) => page.evaluate(([name, given]) => window.client[name](...given), [call, args])
  const client = {}
  for (const call of ['id', 'capture', 'captureItems', 'captureAt', 'identify', 'alias', 'group', 'unset', 'exception', 'flush']) {
    client[call] = passOn(call)
  }
  // Leaving sends what is queued by beacon.
  client.leave = () => page.goto('about:blank')
  client.close = () => page.close()
  return client
}

/** Answers the SDK's questions for its configuration as a host does that takes base64 alone. */
async function offerBase64(page, host, key) {
  const config = JSON.stringify({
    supportedCompression: ['base64'],
    analytics: { endpoint: '/i/v0/e/' },
    autocapture_opt_out: true,
    hasFeatureFlags: false,
    featureFlags: {},
    sessionRecording: false,
    surveys: false,
  })
  const answer = (contentType, body) => ({
    status: 200,
    headers: { 'access-control-allow-origin': '*', 'content-type': contentType },
    body,
  })
  await page.route(`${host}/decide/**`, (route) => route.fulfill(answer('application/json', config)))
  await page.route(`${host}/array/**`, (route) =>
    route.fulfill(
      new URL(route.request().url()).pathname.endsWith('.js')
        ? answer('text/javascript', `(window._POSTHOG_REMOTE_CONFIG ??= {})[${JSON.stringify(key)}] = { config: ${config}, siteApps: [] }`)
        : answer('application/json', config),
    ),
  )
}

/** Runs in the page. */
function makeClient([host, key, { uncompressed = false, personless = false }]) {
  const { posthog } = window
  return new Promise((loaded) => {
    window.client = {
      id: () => posthog.get_distinct_id(),
      capture: (event, properties) => void posthog.capture(event, properties),
      captureItems: (event, count) => {
      for (let n = 0; n < count; n++) posthog.capture(event, { n })
    },
    captureAt: (event, time) => void posthog.capture(event, {}, { timestamp: new Date(time) }),
      identify: (id, set, once) => void posthog.identify(id, set, once),
      alias: (alias) => void posthog.alias(alias),
      group: (type, id, properties) => void posthog.group(type, id, properties),
      unset: (name) =>
        void (posthog.unsetPersonProperties
          ? posthog.unsetPersonProperties(name)
          : posthog.capture('$set', { $unset: [name] })),
      exception: (message) => void posthog.captureException(new Error(message)),
      // This SDK sends by its own clock.
      flush: () => {},
    }
    posthog.init(key, {
      api_host: host,
      loaded: () => loaded(),
      // Pages that a test drives look like a robot's.
      opt_out_useragent_filter: true,
      person_profiles: personless ? 'identified_only' : 'always',
      disable_compression: uncompressed,
      persistence: 'memory',
      autocapture: false,
      capture_pageview: false,
      disable_session_recording: true,
      disable_surveys: true,
      advanced_disable_feature_flags: true,
    })
  })
}
