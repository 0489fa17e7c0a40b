// SPDX-License-Identifier: Apache-2.0
//
// posthog-react-native for conformance.mjs, in Node.js: only React Native itself is a stand-in.
import Module, { createRequire } from 'node:module'
import { coreClient } from './sdk-core.mjs'

const require = createRequire(import.meta.url)
const resolve = Module._resolveFilename
Module._resolveFilename = (request, ...rest) =>
  request === 'react-native' ? require.resolve('./react-native.cjs') : resolve(request, ...rest)
const { PostHog } = require('posthog-react-native')

/** A storage in memory, as an app may give the SDK one. */
function memory() {
  const items = new Map()
  return { getItem: (key) => items.get(key) ?? null, setItem: (key, value) => void items.set(key, value) }
}

export async function start() {
  return {
    open: async (host, key, options) => {
      const client = coreClient((settings) => new PostHog(key, { host, customStorage: memory(), ...settings }), options)
      await client.ready()
      return client
    },
    stop: async () => {},
  }
}
