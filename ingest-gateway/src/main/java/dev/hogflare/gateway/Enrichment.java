// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.GeoProperties;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.geoip.GeoIp;
import dev.hogflare.geoip.GeoPlace;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Gives the events of one request the properties that the connection and the database of places
 * know, where the client sent none.
 *
 * <p>The location headers are those of Cloudflare's managed transform "Add visitor location
 * headers"; they win over the database, which adds what they leave open unless it knows another
 * country. All of them are about the address that is connected: an event with an {@code $ip} of its
 * own is about another one, which only the database can place.
 */
final class Enrichment {
  /** The longest value that is believed; the longest real one is a city's name. */
  private static final int MAX_LENGTH = 256;

  /** A number as JSON writes it, such as {@code -6.2603}. */
  private static final Pattern DECIMAL = Pattern.compile("-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,20})?");

  /** What a place adds at most, with names of a usual length. */
  private static final int PLACE_BYTES = 2_048;

  private static final Source[] SOURCES = Source.values();

  private final String[] said = new String[SOURCES.length];
  private final GeoIp geo;
  private final String address;
  private byte[] withPlace;
  private byte[] withoutPlace;

  /**
   * Reads what a request says about its client.
   *
   * @param headers gives the text of a header, or null
   * @param useAddress false if the client asks that its address is not used, nor what follows from
   *     it
   * @param client the client's address where no header of Cloudflare says it, or null to name none
   * @param geo where addresses are looked up
   */
  Enrichment(Function<Source, String> headers, boolean useAddress, String client, GeoIp geo) {
    for (Source source : SOURCES) {
      String value = useAddress || !source.fromAddress ? headers.apply(source) : null;
      if (value != null && !value.isBlank() && source.usable(value.strip())) {
        said[source.ordinal()] = value.strip();
      }
    }
    this.geo = geo;
    if (said(Source.ADDRESS) == null && useAddress) {
      said[Source.ADDRESS.ordinal()] = client;
    }
    this.address = said(Source.ADDRESS);
  }

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
      if (number) {
        return DECIMAL.matcher(value).matches();
      }
      // Cloudflare's words for an unknown country and for Tor.
      return this != COUNTRY || !(value.equals("XX") || value.equals("T1"));
    }

    /** Whether it says more than in which country an address is. */
    private boolean withinCountry() {
      return fromAddress && this != ADDRESS && this != COUNTRY && this != CONTINENT;
    }
  }

  private String said(Source source) {
    return said[source.ordinal()];
  }

  /** Returns how many bytes an event gets at most. */
  int mostBytes() {
    byte[] most = withPlace();
    return (most == null ? 0 : most.length) + (geo.isOn() ? PLACE_BYTES : 0);
  }

  /**
   * Returns an event's properties as a JSON object, or null if there is nothing to add.
   *
   * @param item the event, with what it says about its own address
   */
  byte[] ofOrNull(Item item) {
    if (item.placeUnwanted()) {
      if (withoutPlace == null) {
        withoutPlace = object(source -> source == Source.ADDRESS || !source.fromAddress, null);
      }
      return withoutPlace;
    }
    String own = item.ownAddress();
    return own == null || own.equals(address)
        ? withPlace()
        : object(source -> source == Source.ADDRESS || !source.fromAddress, geo.findOrNull(own));
  }

  private byte[] withPlace() {
    if (withPlace == null) {
      withPlace = object(source -> true, geo.findOrNull(address));
    }
    return withPlace;
  }

  private byte[] object(Predicate<Source> wanted, GeoPlace place) {
    JsonBuffer out = null;
    boolean detailed = false;
    String country = null;
    for (Source source : SOURCES) {
      String value = said(source);
      if (value == null || !wanted.test(source)) {
        continue;
      }
      if (out == null) {
        out = new JsonBuffer(256).openObject();
      }
      detailed |= source.withinCountry();
      country = source == Source.COUNTRY ? value : country;
      out.name(source.property);
      if (source.number) {
        out.raw(value.getBytes(StandardCharsets.US_ASCII));
      } else {
        out.string(value);
      }
    }
    if (place != null && (country == null || country.equalsIgnoreCase(place.countryCode()))) {
      out = out == null ? new JsonBuffer(512).openObject() : out;
      boolean continent = said(Source.CONTINENT) == null || !wanted.test(Source.CONTINENT);
      new PlaceWriter(out).write(place, country == null, continent, !detailed);
    }
    return out == null ? null : out.closeObject().toBytes();
  }

  /** Writes the parts of a place as properties. */
  private record PlaceWriter(JsonBuffer out) {
    void write(GeoPlace place, boolean country, boolean continent, boolean details) {
      text("country_name", place.countryName());
      if (country) {
        text("country_code", place.countryCode());
      }
      text("continent_name", place.continentName());
      if (continent) {
        text("continent_code", place.continentCode());
      }
      if (details) {
        text("city_name", place.cityName());
        number("city_confidence", place.cityConfidence());
        text("postal_code", place.postalCode());
        number("latitude", place.latitude());
        number("longitude", place.longitude());
        number("accuracy_radius", place.accuracyRadius());
        text("time_zone", place.timeZone());
        for (int i = 0; i < place.subdivisions().size(); i++) {
          GeoPlace.Subdivision part = place.subdivisions().get(i);
          text("subdivision_" + (i + 1) + "_code", part.code());
          text("subdivision_" + (i + 1) + "_name", part.name());
        }
      }
      number("autonomous_system_number", place.asNumber());
      text("autonomous_system_organization", place.asOrganization());
      out.name(GeoProperties.DATABASE_BUILT_AT).string(place.databaseBuiltAt());
    }

    private void text(String name, String value) {
      if (value != null && value.length() <= MAX_LENGTH) {
        out.name(GeoProperties.PREFIX + name).string(value);
      }
    }

    private void number(String name, Number value) {
      if (value != null) {
        out.name(GeoProperties.PREFIX + name)
            .raw(value.toString().getBytes(StandardCharsets.US_ASCII));
      }
    }
  }
}
