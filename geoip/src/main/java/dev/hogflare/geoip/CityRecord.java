// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.geoip;

import com.maxmind.db.MaxMindDbConstructor;
import com.maxmind.db.MaxMindDbParameter;
import java.util.List;

/**
 * A record of a database of cities or countries: the parts that become properties. The reader
 * passes over all others, names in other languages among them.
 *
 * <p>Public because the reader makes them; every part may be null.
 *
 * @param city the city
 * @param continent the continent
 * @param country the country
 * @param location the place on the map
 * @param postal the postal code
 * @param subdivisions the parts of the country, the largest first
 */
public record CityRecord(
    @MaxMindDbParameter(name = "city") City city,
    @MaxMindDbParameter(name = "continent") Continent continent,
    @MaxMindDbParameter(name = "country") Country country,
    @MaxMindDbParameter(name = "location") Location location,
    @MaxMindDbParameter(name = "postal") Postal postal,
    @MaxMindDbParameter(name = "subdivisions") List<Country> subdivisions) {
  /** For the reader. */
  @MaxMindDbConstructor
  public CityRecord {}

  /**
   * The names of a place.
   *
   * @param en the one in English
   */
  public record Names(@MaxMindDbParameter(name = "en") String en) {
    /** For the reader. */
    @MaxMindDbConstructor
    public Names {}
  }

  /**
   * A city.
   *
   * @param confidence in percent
   * @param names its names
   */
  public record City(
      @MaxMindDbParameter(name = "confidence") Integer confidence,
      @MaxMindDbParameter(name = "names") Names names) {
    /** For the reader. */
    @MaxMindDbConstructor
    public City {}
  }

  /**
   * A continent.
   *
   * @param code two letters
   * @param names its names
   */
  public record Continent(
      @MaxMindDbParameter(name = "code") String code,
      @MaxMindDbParameter(name = "names") Names names) {
    /** For the reader. */
    @MaxMindDbConstructor
    public Continent {}
  }

  /**
   * A country, or a part of one.
   *
   * @param isoCode its code
   * @param names its names
   */
  public record Country(
      @MaxMindDbParameter(name = "iso_code") String isoCode,
      @MaxMindDbParameter(name = "names") Names names) {
    /** For the reader. */
    @MaxMindDbConstructor
    public Country {}
  }

  /**
   * A place on the map.
   *
   * @param accuracyRadius in kilometres
   * @param latitude in degrees
   * @param longitude in degrees
   * @param timeZone its IANA name
   */
  public record Location(
      @MaxMindDbParameter(name = "accuracy_radius") Integer accuracyRadius,
      @MaxMindDbParameter(name = "latitude") Double latitude,
      @MaxMindDbParameter(name = "longitude") Double longitude,
      @MaxMindDbParameter(name = "time_zone") String timeZone) {
    /** For the reader. */
    @MaxMindDbConstructor
    public Location {}
  }

  /**
   * A postal code.
   *
   * @param code its text
   */
  public record Postal(@MaxMindDbParameter(name = "code") String code) {
    /** For the reader. */
    @MaxMindDbConstructor
    public Postal {}
  }
}
