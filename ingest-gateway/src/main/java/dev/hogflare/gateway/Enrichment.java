// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.GeoProperties;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.geoip.GeoIp;
import dev.hogflare.geoip.GeoPlace;
import dev.hogflare.wire.LocationHeader;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import java.util.function.Predicate;

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

  /** What a place adds at most, with names of a usual length. */
  private static final int PLACE_BYTES = 2_048;

  /** What PostHog stores for events that its own servers send. */
  private static final byte[] INTERNAL =
      "{\"$ip\":\"127.0.0.1\"}".getBytes(StandardCharsets.US_ASCII);

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
      if (useAddress || !source.fromAddress) {
        said[source.ordinal()] = source.valueOrNull(headers.apply(source));
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
    ADDRESS("cf-connecting-ip", "$ip", true),
    RAY("cf-ray", "cf_ray", false),
    COUNTRY(LocationHeader.COUNTRY),
    CITY(LocationHeader.CITY),
    CONTINENT(LocationHeader.CONTINENT),
    LATITUDE(LocationHeader.LATITUDE),
    LONGITUDE(LocationHeader.LONGITUDE),
    POSTAL_CODE(LocationHeader.POSTAL_CODE),
    REGION_CODE(LocationHeader.REGION_CODE),
    REGION(LocationHeader.REGION),
    TIME_ZONE(LocationHeader.TIME_ZONE),
    METRO_CODE("cf-metro-code", "cf_metro_code", true);

    private final String header;
    private final String property;
    private final boolean fromAddress;
    private final LocationHeader location;

    Source(String header, String property, boolean fromAddress) {
      this.header = header;
      this.property = property;
      this.fromAddress = fromAddress;
      this.location = null;
    }

    Source(LocationHeader location) {
      this.header = location.header();
      this.property = location.property();
      this.fromAddress = true;
      this.location = location;
    }

    /** Returns the header's name in lower case. */
    String header() {
      return header;
    }

    private String valueOrNull(String text) {
      return location == null ? LocationHeader.printableOrNull(text) : location.valueOrNull(text);
    }

    private boolean isNumber() {
      return location != null && location.isNumber();
    }

    /** Whether it says more than in which country an address is. */
    private boolean withinCountry() {
      return fromAddress && this != ADDRESS && this != COUNTRY && this != CONTINENT;
    }
  }

  private String said(Source source) {
    return said[source.ordinal()];
  }

  /** Returns the address that the events are about unless they name one, or null. */
  String addressOrNull() {
    return address;
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
    if (item.isInternal()) {
      return INTERNAL;
    }
    if (item.isCookieless()) {
      // The place is that of a city; the address is that of a visitor.
      return object(
          source -> source != Source.ADDRESS && !(item.placeUnwanted() && source.fromAddress),
          item.placeUnwanted() ? null : geo.findOrNull(address));
    }
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
      if (source.isNumber()) {
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
