// SPDX-License-Identifier: Apache-2.0
//
// As much of React Native as posthog-react-native needs to send events outside a phone.
const nothing = { remove() {} }
const known = {
  AppState: { currentState: 'active', addEventListener: () => nothing },
  Dimensions: { get: () => ({ width: 390, height: 844, scale: 3, fontScale: 1 }), addEventListener: () => nothing },
  Linking: { getInitialURL: async () => null, addEventListener: () => nothing },
  NativeModules: {},
  Platform: { OS: 'ios', Version: '17.4', constants: {}, select: (of) => of.ios ?? of.default },
  StyleSheet: { create: (styles) => styles, flatten: (style) => style },
  TurboModuleRegistry: { get: () => null },
}
// Components are named when the SDK is loaded, and never drawn.
module.exports = new Proxy(known, { get: (target, name) => target[name] ?? (name === '__esModule' ? false : class {}) })
