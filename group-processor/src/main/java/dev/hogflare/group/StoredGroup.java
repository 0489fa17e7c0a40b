// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads what the store of groups keeps, so that two sets of state can be compared.
 *
 * <p>Equal groups have equal bytes.
 */
public final class StoredGroup {
  private StoredGroup() {}

  /**
   * Returns a group as text by field, in a fixed order; properties are fields whose names begin
   * with {@code property.}.
   *
   * @param value the value of a record of the store's changelog
   * @throws IllegalStateException if the bytes are no group that this version writes
   */
  public static Map<String, String> fields(byte[] value) {
    Group group = GroupCodec.decode(value);
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("created", group.createdBy().toText());
    fields.put("created_at", Long.toString(group.createdAt()));
    fields.put("version", Long.toString(group.version()));
    group
        .properties()
        .forEach(
            (name, property) ->
                fields.put(
                    "property." + name,
                    new String(property.value(), StandardCharsets.UTF_8)
                        + " at "
                        + property.stamp().toText()));
    return fields;
  }
}
