// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import java.util.regex.Pattern;

/**
 * The headers in which Cloudflare's proxy tells where a visitor is, with the property that each
 * becomes.
 *
 * <p>They are those of Cloudflare's managed transform "Add visitor location headers"; the names of
 * the properties are PostHog's.
 */
public enum LocationHeader {
  /** Two letters. */
  COUNTRY("cf-ipcountry", "$geoip_country_code", false),
  /** A name. */
  CITY("cf-ipcity", "$geoip_city_name", false),
  /** Two letters. */
  CONTINENT("cf-ipcontinent", "$geoip_continent_code", false),
  /** Degrees. */
  LATITUDE("cf-iplatitude", "$geoip_latitude", true),
  /** Degrees. */
  LONGITUDE("cf-iplongitude", "$geoip_longitude", true),
  /** As the country writes it. */
  POSTAL_CODE("cf-postal-code", "$geoip_postal_code", false),
  /** A short form. */
  REGION_CODE("cf-region-code", "$geoip_subdivision_1_code", false),
  /** A name. */
  REGION("cf-region", "$geoip_subdivision_1_name", false),
  /** A name such as Europe/Dublin. */
  TIME_ZONE("cf-timezone", "$geoip_time_zone", false);

  /** The longest value that is believed; the longest real one is a city's name. */
  private static final int MAX_LENGTH = 256;

  /** A number as JSON writes it, such as {@code -6.2603}. */
  private static final Pattern DECIMAL = Pattern.compile("-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,20})?");

  private final String header;
  private final String property;
  private final boolean number;

  LocationHeader(String header, String property, boolean number) {
    this.header = header;
    this.property = property;
    this.number = number;
  }

  /** Returns the header's name in lower case. */
  public String header() {
    return header;
  }

  /** Returns the property's name. */
  public String property() {
    return property;
  }

  /** Whether the value is a number in JSON; otherwise it is text. */
  public boolean isNumber() {
    return number;
  }

  /**
   * Returns the value of the property, or null if the header tells nothing.
   *
   * @param text the header's text, or null if there is none
   */
  public String valueOrNull(String text) {
    String value = printableOrNull(text);
    if (value == null || (number && !DECIMAL.matcher(value).matches())) {
      return null;
    }
    // Cloudflare's words for an unknown country and for Tor.
    return this == COUNTRY && (value.equals("XX") || value.equals("T1")) ? null : value;
  }

  /**
   * Returns a header's text without blanks around it, or null if it is empty, too long, or was not
   * UTF-8.
   *
   * @param text the text, or null
   */
  public static String printableOrNull(String text) {
    if (text == null || text.isBlank()) {
      return null;
    }
    String value = text.strip();
    return value.length() > MAX_LENGTH || value.indexOf('\uFFFD') >= 0 ? null : value;
  }
}
