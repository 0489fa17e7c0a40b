// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.geoip;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Tells where addresses are, by databases in MaxMind's format that may be replaced at any time.
 *
 * <p>It looks for new files every few seconds. A missing or broken file costs places, and nothing
 * else. Used by any number of threads.
 */
public final class GeoIp implements AutoCloseable {
  private static final Duration PERIOD = Duration.ofSeconds(5);
  private static final GeoIp OFF = new GeoIp(null, null);

  private final DatabaseFile<CityRecord> places;
  private final DatabaseFile<AsnRecord> operators;
  private ScheduledExecutorService watch;

  private GeoIp(DatabaseFile<CityRecord> places, DatabaseFile<AsnRecord> operators) {
    this.places = places;
    this.operators = operators;
  }

  /** Returns the one that knows no place. */
  public static GeoIp off() {
    return OFF;
  }

  /**
   * Reads the databases and begins to watch them.
   *
   * @param places a database of cities or countries; without it nothing is known
   * @param operators a database of autonomous systems
   */
  public static GeoIp open(Optional<Path> places, Optional<Path> operators) {
    return places.map(path -> open(path, operators, PERIOD)).orElse(OFF);
  }

  static GeoIp open(Path places, Optional<Path> operators, Duration period) {
    GeoIp geo =
        new GeoIp(
            new DatabaseFile<>(places, CityRecord.class),
            operators.map(path -> new DatabaseFile<>(path, AsnRecord.class)).orElse(null));
    geo.look();
    geo.watch =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("geoip-files").factory());
    var unused =
        geo.watch.scheduleWithFixedDelay(
            geo::look, period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
    return geo;
  }

  /** Reads the files that have changed. */
  void look() {
    places.look();
    if (operators != null) {
      operators.look();
    }
  }

  /** Whether there is meant to be a database, be it readable or not. */
  public boolean isOn() {
    return places != null;
  }

  /** Returns what is wrong with the databases and how to put it right, if anything is. */
  public Optional<String> problem() {
    return Stream.of(Optional.ofNullable(places), Optional.ofNullable(operators))
        .flatMap(Optional::stream)
        .flatMap(file -> Stream.ofNullable(file.problemOrNull()))
        .findFirst();
  }

  /** Returns when the database of places that is in use was built. */
  public Optional<Instant> builtAt() {
    return places == null ? Optional.empty() : Optional.ofNullable(places.builtAtOrNull());
  }

  /**
   * Returns what is known about an address, or null if that is nothing.
   *
   * @param address its text; one that is no address, or none of the public net, is nowhere
   */
  public GeoPlace findOrNull(String address) {
    if (places == null || address == null) {
      return null;
    }
    InetAddress ip = IpAddresses.parseOrNull(address);
    if (ip == null || !IpAddresses.isPublic(ip)) {
      return null;
    }
    DatabaseFile.Found<CityRecord> place = places.findOrNull(ip);
    if (place == null) {
      return null;
    }
    DatabaseFile.Found<AsnRecord> operator = operators == null ? null : operators.findOrNull(ip);
    return place(place.record(), operator == null ? null : operator.record(), place.builtAt());
  }

  private static GeoPlace place(CityRecord known, AsnRecord operator, Instant builtAt) {
    CityRecord.City city = known.city();
    CityRecord.Country country = known.country();
    CityRecord.Continent continent = known.continent();
    CityRecord.Location location = known.location();
    return new GeoPlace(
        city == null ? null : english(city.names()),
        city == null ? null : city.confidence(),
        country == null ? null : english(country.names()),
        country == null ? null : country.isoCode(),
        continent == null ? null : english(continent.names()),
        continent == null ? null : continent.code(),
        known.postal() == null ? null : known.postal().code(),
        location == null ? null : location.latitude(),
        location == null ? null : location.longitude(),
        location == null ? null : location.accuracyRadius(),
        location == null ? null : location.timeZone(),
        known.subdivisions() == null
            ? List.of()
            : known.subdivisions().stream()
                .map(part -> new GeoPlace.Subdivision(english(part.names()), part.isoCode()))
                .toList(),
        operator == null ? null : operator.number(),
        operator == null ? null : operator.organization(),
        builtAt.toString());
  }

  private static String english(CityRecord.Names names) {
    return names == null ? null : names.en();
  }

  @Override
  public void close() {
    if (watch != null) {
      watch.shutdownNow();
    }
  }
}
