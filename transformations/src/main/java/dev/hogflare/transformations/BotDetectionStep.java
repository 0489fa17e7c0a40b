// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import dev.hogflare.geoip.IpAddresses;
import dev.hogflare.geoip.IpRange;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;

/**
 * Drops or marks the events of bots: those of web pages whose user agent is known as a bot's, and
 * any whose user agent or address is in the file's own lists.
 *
 * @param agents recognises user agents
 * @param patterns parts of user agents of bots, in lower case
 * @param addresses the addresses of bots
 * @param withoutAgent whether a web page without a user agent counts as a bot
 * @param tag whether they are marked with {@code $is_bot} and not dropped
 */
record BotDetectionStep(
    UserAgents agents,
    List<String> patterns,
    List<IpRange> addresses,
    boolean withoutAgent,
    boolean tag)
    implements Step {
  /** What bot detection reads first is what the other steps leave in place. */
  private static final List<String> PLACES =
      List.of("$raw_user_agent", "$useragent", "$user-agent", "$user_agent");

  @Override
  public void apply(Draft draft) {
    if (isBot(draft)) {
      if (tag) {
        draft.properties().putTrue("$is_bot");
      } else {
        draft.drop();
      }
    }
  }

  private boolean isBot(Draft draft) {
    String agent = draft.firstText(PLACES);
    if (isWeb(draft.properties()) && (agent == null ? withoutAgent : agents.of(agent).isBot())) {
      return true;
    }
    if (agent != null && !patterns.isEmpty()) {
      String lower = agent.toLowerCase(Locale.ROOT);
      for (String pattern : patterns) {
        if (lower.contains(pattern)) {
          return true;
        }
      }
    }
    return !addresses.isEmpty() && isListed(draft.properties().text("$ip"));
  }

  /** PostHog applies its lists to browsers only: a server's user agent says nothing of its user. */
  private static boolean isWeb(JsonObject properties) {
    String lib = properties.text("$lib");
    return lib == null || lib.isEmpty() || lib.equals("web") || lib.equals("js");
  }

  private boolean isListed(String ip) {
    InetAddress address = IpAddresses.parseOrNull(ip);
    return address != null && addresses.stream().anyMatch(range -> range.contains(address));
  }
}
