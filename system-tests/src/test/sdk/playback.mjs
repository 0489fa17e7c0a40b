// SPDX-License-Identifier: Apache-2.0
//
// Plays rrweb events back in a headless Chromium, as fast as they went:
//   node playback.mjs <chromium> <file with a JSON list of events>
// Reports what the played document shows at the end.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { openBrowser, openSite } from './browser.mjs'
import { pageState } from './page-state.mjs'
import { finished } from './phases.mjs'

const [executablePath, file] = process.argv.slice(2)
const rrweb = join(dirname(createRequire(import.meta.url).resolve('rrweb')), '..')
const events = JSON.parse(await readFile(file, 'utf8'))

const site = await openSite({
  '/rrweb.js': join(rrweb, 'umd', 'rrweb.min.js'),
  '/': { html: '<!doctype html><html><body><div id="player"></div><script src="/rrweb.js"></script></body></html>' },
})
const { context, close } = await openBrowser(executablePath)

try {
  const page = await context.newPage()
  const warnings = []
  page.on('console', (message) => {
    if (['warning', 'error'].includes(message.type())) warnings.push(message.text())
  })
  page.on('pageerror', (error) => warnings.push(String(error)))
  await page.goto(site.url)
  await page.evaluate(async (recorded) => {
    window.replayer = new window.rrweb.Replayer(recorded, {
      root: document.getElementById('player'),
      showWarning: true,
    })
    const ended = new Promise((resolve) => window.replayer.on('finish', resolve))
    window.replayer.play()
    await ended
  }, events)
  const state = await page.evaluate(
    `(${pageState})(window.replayer.iframe.contentDocument)`,
  )
  finished({ state, warnings })
} finally {
  await close()
  site.close()
}
