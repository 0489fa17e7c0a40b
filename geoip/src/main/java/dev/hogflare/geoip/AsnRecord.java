// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.geoip;

import com.maxmind.db.MaxMindDbConstructor;
import com.maxmind.db.MaxMindDbParameter;

/**
 * A record of a database of autonomous systems.
 *
 * <p>Public because the reader makes them; both parts may be null.
 *
 * @param number the system's number
 * @param organization who operates it
 */
public record AsnRecord(
    @MaxMindDbParameter(name = "autonomous_system_number") Long number,
    @MaxMindDbParameter(name = "autonomous_system_organization") String organization) {
  /** For the reader. */
  @MaxMindDbConstructor
  public AsnRecord {}
}
