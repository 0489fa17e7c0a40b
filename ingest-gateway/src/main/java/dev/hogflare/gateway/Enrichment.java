// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.JsonBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Turns what Cloudflare's proxy says about a client into the properties that events get where the
 * client sent none.
 *
 * <p>The location headers are those of Cloudflare's managed transform "Add visitor location
 * headers".
 */
final class Enrichment {
  /** The longest value that is believed; the longest real one is a city's name. */
  private static final int MAX_LENGTH = 256;

  /** A number as JSON writes it, such as {@code -6.2603}. */
  private static final Pattern DECIMAL = Pattern.compile("-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,20})?");

  private static final Source[] SOURCES = Source.values();

  private Enrichment() {}

  /** A header of the proxy and the property that it becomes. */
  enum Source {
    ADDRESS("cf-connecting-ip", "$ip", true, false),
    RAY("cf-ray", "cf_ray", false, false),
    COUNTRY("cf-ipcountry", "$geoip_country_code", true, false),
    CITY("cf-ipcity", "$geoip_city_name", true, false),
    CONTINENT("cf-ipcontinent", "$geoip_continent_code", true, false),
    LATITUDE("cf-iplatitude", "$geoip_latitude", true, true),
    LONGITUDE("cf-iplongitude", "$geoip_longitude", true, true),
    POSTAL_CODE("cf-postal-code", "$geoip_postal_code", true, false),
    REGION_CODE("cf-region-code", "$geoip_subdivision_1_code", true, false),
    REGION("cf-region", "$geoip_subdivision_1_name", true, false),
    TIME_ZONE("cf-timezone", "$geoip_time_zone", true, false),
    METRO_CODE("cf-metro-code", "cf_metro_code", true, false);

    private final String header;
    private final String property;
    private final boolean fromAddress;
    private final boolean number;

    Source(String header, String property, boolean fromAddress, boolean number) {
      this.header = header;
      this.property = property;
      this.fromAddress = fromAddress;
      this.number = number;
    }

    /** Returns the header's name in lower case. */
    String header() {
      return header;
    }

    private boolean usable(String value) {
      if (value.length() > MAX_LENGTH || value.indexOf('\uFFFD') >= 0) {
        return false;
      }
      // Cloudflare's words for an unknown country and for Tor.
      return this != COUNTRY || !(value.equals("XX") || value.equals("T1"));
    }
  }

  /**
   * Returns the properties as a JSON object.
   *
   * @param headers gives the text of a header, or null
   * @param useAddress false if the client asks that its address is not used, nor what follows from
   *     it
   * @return the object, or null if there is nothing to add
   */
  static byte[] ofOrNull(Function<Source, String> headers, boolean useAddress) {
    JsonBuffer out = null;
    for (Source source : SOURCES) {
      String value = useAddress || !source.fromAddress ? headers.apply(source) : null;
      if (value == null || value.isBlank() || !source.usable(value.strip())) {
        continue;
      }
      String text = value.strip();
      if (source.number && !DECIMAL.matcher(text).matches()) {
        continue;
      }
      if (out == null) {
        out = new JsonBuffer(256).openObject();
      }
      out.name(source.property);
      if (source.number) {
        out.raw(text.getBytes(StandardCharsets.US_ASCII));
      } else {
        out.string(text);
      }
    }
    return out == null ? null : out.closeObject().toBytes();
  }
}
