// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.Uuids;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Gives visitors without cookies ids that hold for one day, and sessions that hold for half an hour
 * of the clock.
 *
 * <p>As PostHog's: a keyed hash of the project, the address, the site's domain and the user agent
 * with a key of the day, so that who was here today cannot be told from who was here tomorrow. The
 * key of a day follows from a secret.
 */
final class CookielessIds {
  private static final String ALGORITHM = "HmacSHA256";
  private static final String PREFIX = "cookieless_";
  private static final int MAX_EXTRA = 100;
  private static final int HASH_BYTES = 16;

  /** As long as PostHog waits for a visitor's next event before a session is over. */
  private static final long SESSION_MILLIS = Duration.ofMinutes(30).toMillis();

  private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

  /** Second levels below which registries of countries sell names, such as co.uk and com.au. */
  private static final Set<String> REGISTRIES =
      Set.of("ac", "co", "com", "edu", "gob", "gov", "go", "ne", "net", "or", "org");

  private final byte[] secret;

  CookielessIds(byte[] secret) {
    this.secret = secret.clone();
  }

  /**
   * What a visit is told from others by.
   *
   * @param token the project
   * @param address the visitor's address
   * @param host the site's host, perhaps with a port
   * @param userAgent the browser
   * @param extra what the site adds, or an empty string; the first 100 characters count
   */
  record Visit(String token, String address, String host, String userAgent, String extra) {}

  /**
   * Returns the distinct id of a visit.
   *
   * @param day the day in the visitor's time zone
   */
  String of(Visit visit, LocalDate day) {
    byte[] key = hmac(secret, "cookieless", day.toString());
    byte[] hash =
        hmac(
            key,
            visit.token(),
            visit.address(),
            domain(visit.host()),
            visit.userAgent(),
            visit.extra().substring(0, Math.min(MAX_EXTRA, visit.extra().length())));
    return PREFIX
        + Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, HASH_BYTES));
  }

  /**
   * Returns the session of a visitor at a time: a UUIDv7 of the beginning of the half hour, in UTC,
   * in which the time lies. It follows from nothing else, so that all gateways give the same one.
   *
   * @param distinctId what {@link #of} has given the visitor
   * @param micros the event's time, in microseconds since the epoch
   */
  UUID session(String distinctId, long micros) {
    long begin = Math.floorDiv(micros, 1_000 * SESSION_MILLIS) * SESSION_MILLIS;
    ByteBuffer bits = ByteBuffer.wrap(hmac(secret, "session", distinctId, Long.toString(begin)));
    return Uuids.v7(begin, bits.getLong(), bits.getLong());
  }

  /**
   * Returns the domain under which a site's hosts lie: two labels, three below the second levels of
   * country registries, and an address or a single name as it is.
   */
  static String domain(String host) {
    String name = withoutPort(host).toLowerCase(Locale.ROOT);
    if (name.startsWith("[") || IPV4.matcher(name).matches()) {
      return name;
    }
    int last = name.lastIndexOf('.');
    int second = last < 0 ? -1 : name.lastIndexOf('.', last - 1);
    if (second < 0) {
      return name;
    }
    boolean registry =
        name.length() - last - 1 == 2 && REGISTRIES.contains(name.substring(second + 1, last));
    int third = registry ? name.lastIndexOf('.', second - 1) : second;
    return name.substring(third + 1);
  }

  private static String withoutPort(String host) {
    int bracket = host.lastIndexOf(']');
    int colon = host.indexOf(':', Math.max(bracket, 0));
    return colon < 0 ? host : host.substring(0, colon);
  }

  /** Hashes texts so that no two lists of them give the same bytes. */
  private static byte[] hmac(byte[] key, String... parts) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      for (String part : parts) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        mac.update(bytes);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("This Java runtime has no " + ALGORITHM + ".", e);
    }
  }
}
