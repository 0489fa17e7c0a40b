// SPDX-License-Identifier: Apache-2.0
//
// A headless Chromium with a profile of its own, and a web site for it.
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { chromium } from 'playwright-core'

const TYPES = { '.js': 'text/javascript', '.mjs': 'text/javascript' }

/**
 * Serves files by path, and pages: { '/array.js': file path, '/': { html } }. A path that ends in a
 * slash stands for a folder. All that is not named gets the page '/'.
 */
export async function openSite(content) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://site').pathname
    const folder = Object.keys(content).find((prefix) => prefix.length > 1 && prefix.endsWith('/') && path.startsWith(prefix))
    const found = content[path] ?? (folder ? join(content[folder], path.slice(folder.length)) : content['/'])
    if (typeof found === 'string') {
      response.writeHead(200, { 'content-type': TYPES[extname(found)] ?? 'application/octet-stream' })
      createReadStream(found)
        .on('error', (error) => response.destroy(error))
        .pipe(response)
    } else {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      response.end(found.html)
    }
  })
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    // Another site than the host's, so that the browser demands CORS.
    url: `http://localhost:${server.address().port}/`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** Starts the browser; close() ends it and removes its profile. */
export async function openBrowser(executablePath) {
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
  return {
    context,
    close: async () => {
      await context.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}
