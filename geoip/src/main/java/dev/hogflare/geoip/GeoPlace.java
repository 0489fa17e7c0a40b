// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.geoip;

import java.util.List;

/**
 * What the databases know about one address; every part but the build date may be null or empty.
 *
 * @param cityName the city in English
 * @param cityConfidence how sure the city is, in percent
 * @param countryName the country in English
 * @param countryCode two letters, ISO 3166-1
 * @param continentName the continent in English
 * @param continentCode two letters
 * @param postalCode the postal code, or its beginning
 * @param latitude in degrees
 * @param longitude in degrees
 * @param accuracyRadius in kilometres around the two
 * @param timeZone a name of the IANA data base
 * @param subdivisions the parts of the country, the largest first
 * @param asNumber the number of the network's operator
 * @param asOrganization the name of the network's operator
 * @param databaseBuiltAt when the database of places was built, in RFC 3339
 */
public record GeoPlace(
    String cityName,
    Integer cityConfidence,
    String countryName,
    String countryCode,
    String continentName,
    String continentCode,
    String postalCode,
    Double latitude,
    Double longitude,
    Integer accuracyRadius,
    String timeZone,
    List<Subdivision> subdivisions,
    Long asNumber,
    String asOrganization,
    String databaseBuiltAt) {

  /**
   * A part of a country.
   *
   * @param name its English name, or null
   * @param code the part of ISO 3166-2 behind the country's letters, or null
   */
  public record Subdivision(String name, String code) {}

  /** Copies the list. */
  public GeoPlace {
    subdivisions = List.copyOf(subdivisions);
  }
}
