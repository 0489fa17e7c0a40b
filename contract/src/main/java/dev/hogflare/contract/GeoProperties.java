// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.util.List;

/** The names under which PostHog keeps where a client was. */
public final class GeoProperties {
  /** What every name of an event's property begins with. */
  public static final String PREFIX = "$geoip_";

  /** What the names of a person's first place begin with. */
  public static final String INITIAL_PREFIX = "$initial_geoip_";

  /**
   * The property that says when the database was built that gave an event its place, in RFC 3339.
   *
   * <p>PostHog has no such property. With it a row tells which state of the world it shows, and the
   * person-processor which places belong to the person as well.
   */
  public static final String DATABASE_BUILT_AT = PREFIX + "database_built_at";

  /**
   * The names without their beginning that a person gets, all of them with each event: what is not
   * known becomes null, so that no part of an earlier place is left.
   */
  public static final List<String> OF_PERSONS =
      List.of(
          "city_name",
          "city_confidence",
          "subdivision_2_name",
          "subdivision_2_code",
          "subdivision_1_name",
          "subdivision_1_code",
          "country_name",
          "country_code",
          "continent_name",
          "continent_code",
          "postal_code",
          "latitude",
          "longitude",
          "accuracy_radius",
          "time_zone");

  private GeoProperties() {}
}
