// SPDX-License-Identifier: Apache-2.0
//
// posthog-js-lite for conformance.mjs, as modules in a page.
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openBrowser, openSite } from './browser.mjs'
import { pageClient } from './sdk-browser.mjs'

const here = dirname(fileURLToPath(import.meta.url))

const PAGE = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<script type="importmap">{ "imports": {
  "posthog-js-lite": "/modules/posthog-js-lite/dist/index.mjs",
  "@posthog/core": "/modules/@posthog/core/dist/index.mjs" } }</script>`

export async function start(executablePath) {
  const site = await openSite({
    '/modules/': join(here, 'node_modules'),
    '/sdk-core.mjs': join(here, 'sdk-core.mjs'),
    '/': { html: PAGE },
  })
  const browser = await openBrowser(executablePath)
  return {
    open: async (host, key, options) => {
      const page = await browser.context.newPage()
      await page.goto(site.url)
      await page.evaluate(
        async ([api, token, chosen]) => {
          const { default: PostHog } = await import('posthog-js-lite')
          const { coreClient } = await import('/sdk-core.mjs')
          window.client = coreClient((settings) => new PostHog(token, { host: api, persistence: 'memory', ...settings }), chosen)
        },
        [host, key, options],
      )
      return pageClient(page)
    },
    stop: async () => {
      await browser.close()
      site.close()
    },
  }
}
