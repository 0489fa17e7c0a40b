// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.util.List;

/** Tells what kind of program asks, by PostHog's rule. */
final class RuntimeRule {
  private static final List<String> SERVERS =
      List.of(
          "posthog-python",
          "posthog-ruby",
          "posthog-php",
          "posthog-java",
          "posthog-server",
          "posthog-go",
          "posthog-node",
          "posthog-dotnet",
          "posthog-elixir",
          "python-requests",
          "curl");
  private static final List<String> CLIENTS =
      List.of(
          "posthog-android", "posthog-ios", "posthog-react-native", "posthog-flutter", "Mozilla/");

  private RuntimeRule() {}

  /**
   * Returns the kind of program.
   *
   * @param userAgent the header, or null
   * @param fromPage whether the request has a header that only browsers send
   */
  static RequestRuntime of(String userAgent, boolean fromPage) {
    if (userAgent != null) {
      if (SERVERS.stream().anyMatch(userAgent::startsWith)) {
        return RequestRuntime.SERVER;
      }
      if (CLIENTS.stream().anyMatch(userAgent::startsWith)) {
        return RequestRuntime.CLIENT;
      }
    }
    return fromPage ? RequestRuntime.CLIENT : RequestRuntime.UNKNOWN;
  }
}
