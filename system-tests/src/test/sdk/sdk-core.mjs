// SPDX-License-Identifier: Apache-2.0
//
// A client of an SDK that is built on PostHog's JavaScript core; it also runs inside a page.

/** Makes a client; create() gets the SDK's settings. */
export function coreClient(create, { uncompressed = false, personless = false }) {
  const posthog = create({
    flushAt: 100,
    flushInterval: 200,
    // The SDK's retries and patience, shortened: what it does is the same.
    fetchRetryDelay: 300,
    requestTimeout: 2_000,
    disableCompression: uncompressed,
    personProfiles: personless ? 'identified_only' : 'always',
    preloadFeatureFlags: false,
    disableSurveys: true,
    disableRemoteConfig: true,
    captureAppLifecycleEvents: false,
    captureHistoryEvents: false,
  })
  return {
    ready: () => posthog.ready?.(),
    id: () => posthog.getDistinctId(),
    capture: (event, properties) => posthog.capture(event, properties),
    captureItems: (event, count) => {
      for (let n = 0; n < count; n++) posthog.capture(event, { n })
    },
    captureAt: (event, time) => posthog.capture(event, {}, { timestamp: new Date(time) }),
    identify: (id, $set, $set_once) => posthog.identify(id, { $set, $set_once }),
    alias: (alias) => posthog.alias(alias),
    group: (type, key, properties) => posthog.group(type, key, properties),
    unset: (name) => posthog.unsetPersonProperties(name),
    exception: (message) => posthog.captureException(new Error(message)),
    flush: () => posthog.flush().catch((error) => console.error('flush:', String(error))),
    close: () => posthog.shutdown?.(10_000),
  }
}
