// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import java.util.List;

/**
 * Fills {@code $browser}, {@code $browser_version}, {@code $browser_type}, {@code $os}, {@code
 * $device} and {@code $device_type} from the user agent, as PostHog's user-agent transformation
 * does.
 *
 * @param agents recognises user agents
 * @param override whether properties that the client sent are replaced
 */
record UserAgentStep(UserAgents agents, boolean override) implements Step {
  /** Where a user agent stands, in the order of preference. */
  static final List<String> PLACES =
      List.of("$useragent", "$user-agent", "$user_agent", "$raw_user_agent");

  private static final byte[] NULL = {'n', 'u', 'l', 'l'};

  private static final List<String> FILLED =
      List.of("$browser", "$browser_version", "$os", "$device", "$device_type");

  @Override
  public void apply(Draft draft) {
    JsonObject properties = draft.properties();
    String text = draft.firstText(PLACES);
    if (text == null || !override && FILLED.stream().anyMatch(name -> isFilled(properties, name))) {
      return;
    }
    UserAgents.Known known = agents.of(text);
    properties.put("$device", known.device());
    properties.put("$device_type", known.deviceType());
    if (known.browser() != null) {
      properties.put("$browser", known.browser());
      properties.put("$browser_version", known.browserVersion());
      properties.put("$os", known.os());
      properties.put("$browser_type", known.isBot() ? "bot" : "browser");
    }
    // What bot detection reads stays.
    for (String place : PLACES.subList(0, 3)) {
      if (isFilled(properties, place)) {
        properties.putRaw(place, NULL);
      }
    }
  }

  private static boolean isFilled(JsonObject properties, String name) {
    byte[] raw = properties.raw(name);
    return raw != null && raw[0] != 'n' && !(raw[0] == '"' && raw.length == 2);
  }
}
