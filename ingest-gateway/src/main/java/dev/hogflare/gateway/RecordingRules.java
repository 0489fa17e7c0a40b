// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.ErrorCode;
import java.nio.charset.StandardCharsets;

/**
 * Decides whether an item is a part of a session recording, and whose.
 *
 * <p>It has either the form of an event, or hogflare's old form: no properties, but {@code
 * metadata} or {@code chunk}.
 */
final class RecordingRules implements ItemRules {
  private static final int MAX_SESSION_ID = 70;
  private static final byte[] SNAPSHOT = "$snapshot".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] SNAPSHOT_ITEMS =
      "$snapshot_items".getBytes(StandardCharsets.US_ASCII);

  private static final Field[] IDS_IN_OLD_FORM = {Field.METADATA_DISTINCT_ID, Field.DISTINCT_ID};

  @Override
  public void judge(Item item, EventFields fields) {
    EventRules.tokens(item, fields, false);
    EventRules.address(item, fields);
    item.uuid(EventRules.uuidOrNull(fields));
    boolean old =
        !fields.isObject(Field.PROPERTIES)
            && (fields.has(Field.METADATA) || fields.has(Field.CHUNK));
    String problem = old ? null : problemOrNull(fields);
    if (problem != null) {
      item.refuse(ErrorCode.INVALID_RECORDING, problem);
    }
    String distinctId = fields.firstIdOrNull(old ? IDS_IN_OLD_FORM : EventRules.DISTINCT_IDS);
    item.distinctId(distinctId);
    if (distinctId == null) {
      item.refuse(
          ErrorCode.MISSING_DISTINCT_ID,
          "The field distinct_id is missing or blank; send it in the recording or its properties.");
    }
  }

  private static String problemOrNull(EventFields fields) {
    if (!fields.isObject(Field.PROPERTIES)) {
      return "The field properties of a recording is missing or no object; send one.";
    }
    if (fields.has(Field.EVENT)
        && !fields.is(Field.EVENT, SNAPSHOT)
        && !fields.is(Field.EVENT, SNAPSHOT_ITEMS)) {
      return "The field event of a recording is unknown; send $snapshot or $snapshot_items.";
    }
    if (!fields.isString(Field.PROPERTIES_SESSION_ID)
        || !isSessionId(fields.text(Field.PROPERTIES_SESSION_ID))) {
      return "The property $session_id is missing or invalid; send 1 to "
          + MAX_SESSION_ID
          + " ASCII letters, digits and hyphens.";
    }
    Field items =
        fields.has(Field.PROPERTIES_SNAPSHOT_ITEMS)
            ? Field.PROPERTIES_SNAPSHOT_ITEMS
            : Field.PROPERTIES_SNAPSHOT_DATA;
    if (!fields.isArray(items) && !fields.isObject(items)) {
      return "The property $snapshot_data is missing or neither array nor object; send the"
          + " snapshots in it.";
    }
    return null;
  }

  private static boolean isSessionId(String text) {
    if (text.isEmpty() || text.length() > MAX_SESSION_ID) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!((c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z')
          || (c >= '0' && c <= '9')
          || c == '-')) {
        return false;
      }
    }
    return true;
  }
}
