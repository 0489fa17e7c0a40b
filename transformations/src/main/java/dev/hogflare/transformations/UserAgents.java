// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import ua_parser.Client;
import ua_parser.Parser;
import ua_parser.UserAgent;

/**
 * Recognises user agents, each of which is looked at once while it is among the recent ones.
 *
 * <p>The list is that of uap-core; the names are PostHog's where it has others. Used by any number
 * of threads.
 */
final class UserAgents {
  /** A longer one is no browser's; looking through it would only cost time. */
  private static final int MAX_LENGTH = 1_024;

  /** Enough for the browsers of the world at one time; then it begins anew. */
  private static final int KEPT = 20_000;

  private static final Map<String, String> BROWSERS =
      Map.ofEntries(
          Map.entry("Chrome Mobile", "Chrome"),
          Map.entry("Chrome Mobile WebView", "Chrome"),
          Map.entry("Chrome Mobile iOS", "Chrome iOS"),
          Map.entry("HeadlessChrome", "Chrome"),
          Map.entry("Firefox Mobile", "Firefox"),
          Map.entry("Firefox iOS", "Firefox iOS"),
          Map.entry("Edge", "Microsoft Edge"),
          Map.entry("Edge Mobile", "Microsoft Edge"),
          Map.entry("IE", "Internet Explorer"),
          Map.entry("IE Mobile", "Internet Explorer Mobile"),
          Map.entry("Opera Mobile", "Opera"),
          Map.entry("Samsung Internet", "Samsung Internet"));

  private static final Set<String> COMPUTERS =
      Set.of("Windows", "Mac OS X", "Linux", "Ubuntu", "Chrome OS", "Fedora", "Debian", "FreeBSD");

  private final Parser parser = new Parser();
  private final Map<String, Known> known = new ConcurrentHashMap<>();

  /**
   * What is known about a user agent.
   *
   * @param browser its name, or null
   * @param browserVersion the version as far as it is there
   * @param os the operating system
   * @param device the device's name
   * @param deviceType Desktop, Mobile, Tablet or Bot
   * @param isBot whether no human sits before it
   */
  record Known(
      String browser,
      String browserVersion,
      String os,
      String device,
      String deviceType,
      boolean isBot) {}

  private static final Known NOTHING = new Known(null, "", "", "", "Desktop", false);

  /** Returns what is known about a user agent. */
  Known of(String agent) {
    if (agent.length() > MAX_LENGTH) {
      return NOTHING;
    }
    Known found = known.get(agent);
    if (found == null) {
      found = look(agent);
      if (known.size() >= KEPT) {
        known.clear();
      }
      known.put(agent, found);
    }
    return found;
  }

  private Known look(String agent) {
    Client client = parser.parse(agent);
    boolean bot = "Spider".equals(client.device.family);
    String family = client.userAgent.family;
    String browser = "Other".equals(family) ? null : BROWSERS.getOrDefault(family, family);
    String os = "Other".equals(client.os.family) ? "" : client.os.family;
    return new Known(
        browser,
        version(client.userAgent),
        os,
        "Other".equals(client.device.family) ? "" : client.device.family,
        bot ? "Bot" : deviceType(agent, os, client.device.family),
        bot);
  }

  private static String version(UserAgent agent) {
    StringBuilder version = new StringBuilder();
    for (String part : new String[] {agent.major, agent.minor, agent.patch}) {
      if (part == null) {
        break;
      }
      version.append(version.isEmpty() ? "" : ".").append(part);
    }
    return version.toString();
  }

  private static String deviceType(String agent, String os, String device) {
    String lower = agent.toLowerCase(Locale.ROOT);
    if (device.contains("iPad")
        || lower.contains("tablet")
        || lower.contains("kindle")
        || os.equals("Android") && !lower.contains("mobile")) {
      return "Tablet";
    }
    return COMPUTERS.contains(os) || !lower.contains("mobi") ? "Desktop" : "Mobile";
  }
}
