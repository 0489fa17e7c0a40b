// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.DistinctIds;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.EventKind;
import dev.hogflare.contract.MergeTarget;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Uuids;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.UUID;

/**
 * Decides whether an item is a usable event, and whose.
 *
 * <p>Besides PostHog's events these are hogflare's own shapes, which have no event name: those of
 * {@code /identify}, {@code /alias}, {@code /engage} and {@code /groups}, and in batches the items
 * with a {@code type}, or with both {@code alias} and {@code distinct_id}.
 */
final class EventRules implements ItemRules {
  private static final byte[] PERFORMANCE_EVENT = ascii("$performance_event");
  private static final byte[][] MERGING = {
    ascii("$identify"), ascii("$create_alias"), ascii("$merge_dangerously")
  };
  private static final byte[] HEATMAP = ascii("$$heatmap");
  private static final byte[] GROUP_IDENTIFY = ascii("$groupidentify");
  private static final UUID NIL = new UUID(0, 0);

  private static final Field[] STRINGS = {
    Field.EVENT, Field.UUID, Field.API_KEY, Field.TOKEN, Field.DOLLAR_TOKEN
  };

  private static final Field[] GROUP_TYPES = {
    Field.GROUP_TYPE,
    Field.DOLLAR_GROUP_TYPE,
    Field.PROPERTIES_DOLLAR_GROUP_TYPE,
    Field.PROPERTIES_GROUP_TYPE
  };

  /** Where the distinct id of an event stands, in the order of preference. */
  static final Field[] DISTINCT_IDS = {
    Field.DISTINCT_ID,
    Field.DOLLAR_DISTINCT_ID,
    Field.PROPERTIES_DISTINCT_ID,
    Field.PROPERTIES_DOLLAR_DISTINCT_ID
  };

  private static final Field[] GROUP_KEYS = {
    Field.GROUP_KEY,
    Field.DOLLAR_GROUP_KEY,
    Field.PROPERTIES_DOLLAR_GROUP_KEY,
    Field.PROPERTIES_GROUP_KEY
  };

  private static final Field[] KEYS = {Field.API_KEY, Field.TOKEN, Field.DOLLAR_TOKEN};
  private static final Field[] KEYS_OF_BROWSERS = {Field.TOKEN, Field.API_KEY, Field.DOLLAR_TOKEN};
  private static final Field[] KEYS_IN_PROPERTIES = {
    Field.PROPERTIES_TOKEN, Field.PROPERTIES_API_KEY, Field.PROPERTIES_DOLLAR_TOKEN
  };

  private final Route route;

  EventRules(Route route) {
    this.route = route;
  }

  /** What an item says without an event name. */
  private enum Shape {
    /** Nothing. */
    NONE,
    /** Something about a person. */
    PERSON,
    /** That two distinct ids are one person. */
    ALIAS,
    /** Something about a group. */
    GROUP
  }

  @Override
  public void judge(Item item, EventFields fields) {
    if (fields.is(Field.EVENT, PERFORMANCE_EVENT)) {
      item.filter();
      return;
    }
    Field wrong = wrongTypeOrNull(fields);
    if (wrong != null) {
      item.refuse(
          ErrorCode.INVALID_FIELD,
          "The field " + wrong.text() + " has the wrong JSON type; send " + wanted(wrong) + ".");
    }
    item.uuid(uuidOrNull(fields));
    tokens(item, fields);
    address(item, fields);
    boolean named = fields.isString(Field.EVENT) && !fields.isEmptyString(Field.EVENT);
    Shape shape = named ? Shape.NONE : shape(fields);
    if (!named && shape == Shape.NONE) {
      item.refuse(
          ErrorCode.MISSING_EVENT, "The field event is missing; send the event's name in it.");
    }
    if (shape == Shape.ALIAS && !hasAlias(fields)) {
      item.refuse(
          ErrorCode.INVALID_ALIAS,
          "The field alias is missing or no string; send the other distinct id in it.");
    }
    boolean group = shape == Shape.GROUP || fields.is(Field.EVENT, GROUP_IDENTIFY);
    String distinctId = fields.firstIdOrNull(DISTINCT_IDS);
    if (group && (shape == Shape.GROUP || distinctId == null)) {
      String groupKey = groupKeyOrNull(fields);
      if (groupKey == null || !hasGroupType(fields)) {
        item.refuse(
            ErrorCode.INVALID_GROUP,
            "The field $group_type or $group_key is missing; send both, neither of them empty.");
      }
      distinctId = distinctId == null ? groupKey : distinctId;
    }
    item.distinctId(distinctId);
    if (distinctId == null) {
      item.refuse(
          ErrorCode.MISSING_DISTINCT_ID,
          "The field distinct_id is missing or blank; send it in the event or in its properties.");
    }
    marks(item, fields);
    if (item.fate() == Item.Fate.USABLE) {
      item.mergedId(mergedIdOrNull(item, fields));
    }
  }

  /** Marks what has to get another form before it is stored. */
  private static void marks(Item item, EventFields fields) {
    if (fields.has(Field.PROPERTIES_CAPTURE_INTERNAL)) {
      item.internal();
    }
    if (fields.has(Field.PROPERTIES_HEATMAP_DATA) && !fields.is(Field.EVENT, HEATMAP)) {
      item.heatmap();
    }
    if (!fields.has(Field.PROPERTIES_COOKIELESS_MODE)) {
      return;
    }
    boolean on = fields.isTrue(Field.PROPERTIES_COOKIELESS_MODE);
    if (!on && !fields.isFalse(Field.PROPERTIES_COOKIELESS_MODE)) {
      item.refuse(
          ErrorCode.INVALID_FIELD,
          "The property $cookieless_mode has the wrong JSON type; send true or false.");
    }
    if (on && DistinctIds.COOKIELESS.equals(item.distinctId())) {
      item.cookieless();
      for (byte[] merging : MERGING) {
        if (fields.is(Field.EVENT, merging)) {
          item.refuse(
              ErrorCode.INVALID_FIELD,
              "The field distinct_id stands for a visitor without cookies, who cannot be"
                  + " identified; send the user's own id.");
        }
      }
    }
  }

  /**
   * Returns the distinct id that an event wants united with its own, or null; what the
   * person-processor's reader of events finds as well.
   */
  private String mergedIdOrNull(Item item, EventFields fields) {
    if (!mayMerge(fields) || fields.isFalse(Field.PROPERTIES_PERSON_PROFILE)) {
      return null;
    }
    String event =
        fields.isString(Field.EVENT) && !fields.isEmptyString(Field.EVENT)
            ? fields.text(Field.EVENT)
            : null;
    String type = fields.isString(Field.TYPE) ? fields.text(Field.TYPE) : null;
    EventKind kind = EventKind.ofOrNull(route, event, type, fields.has(Field.ALIAS));
    if (kind == null || !kind.merges()) {
      return null;
    }
    Field asked =
        kind == EventKind.IDENTIFY
            ? firstOf(fields, Field.PROPERTIES_ANONYMOUS_ID, Field.ANONYMOUS_ID)
            : firstOf(fields, Field.PROPERTIES_ALIAS, Field.ALIAS);
    return fields.isString(asked)
            && MergeTarget.of(fields.text(asked), item.key().distinctId())
                instanceof MergeTarget.Other other
        ? other.id()
        : null;
  }

  /** Whether an event has a field that may name another distinct id; most have none. */
  private static boolean mayMerge(EventFields fields) {
    return fields.has(Field.PROPERTIES_ANONYMOUS_ID)
        || fields.has(Field.ANONYMOUS_ID)
        || fields.has(Field.PROPERTIES_ALIAS)
        || fields.has(Field.ALIAS);
  }

  private static Field firstOf(EventFields fields, Field first, Field second) {
    return fields.has(first) ? first : second;
  }

  /** Reads the keys that stand in an item. */
  static void tokens(Item item, EventFields fields, boolean tokenFirst) {
    item.ownToken(textOrNull(fields, tokenFirst ? KEYS_OF_BROWSERS : KEYS));
    item.weakToken(textOrNull(fields, KEYS_IN_PROPERTIES));
  }

  /** Reads what an item says about the address that it is about. */
  static void address(Item item, EventFields fields) {
    if (fields.isString(Field.PROPERTIES_IP) && !fields.isEmptyString(Field.PROPERTIES_IP)) {
      item.ownAddress(fields.text(Field.PROPERTIES_IP));
    }
    item.placeUnwanted(
        fields.has(Field.PROPERTIES_GEOIP_DISABLE)
            && !fields.isFalse(Field.PROPERTIES_GEOIP_DISABLE)
            && !fields.isEmptyString(Field.PROPERTIES_GEOIP_DISABLE));
  }

  private void tokens(Item item, EventFields fields) {
    tokens(item, fields, route == Route.E);
  }

  private static String textOrNull(EventFields fields, Field[] places) {
    String found = null;
    for (Field place : places) {
      if (fields.isString(place)) {
        found = fields.text(place);
        if (!found.isBlank()) {
          return found;
        }
      }
    }
    return found;
  }

  /** Returns the uuid, or null if there is none that could tell this event from any other. */
  static UUID uuidOrNull(EventFields fields) {
    if (!fields.isString(Field.UUID)) {
      return null;
    }
    UUID uuid = Uuids.parseOrNull(fields.text(Field.UUID));
    return NIL.equals(uuid) ? null : uuid;
  }

  private static Field wrongTypeOrNull(EventFields fields) {
    for (Field field : STRINGS) {
      if (fields.has(field) && !fields.isString(field)) {
        return field;
      }
    }
    if (fields.has(Field.PROPERTIES) && !fields.isObject(Field.PROPERTIES)) {
      return Field.PROPERTIES;
    }
    if (fields.has(Field.TIMESTAMP)
        && !fields.isString(Field.TIMESTAMP)
        && !fields.isNumber(Field.TIMESTAMP)) {
      return Field.TIMESTAMP;
    }
    if (fields.has(Field.OFFSET) && !fields.isNumber(Field.OFFSET)) {
      return Field.OFFSET;
    }
    return null;
  }

  private static String wanted(Field field) {
    return switch (field) {
      case PROPERTIES -> "an object";
      case TIMESTAMP -> "RFC 3339 text";
      case OFFSET -> "a number of milliseconds";
      default -> "a string";
    };
  }

  private Shape shape(EventFields fields) {
    return switch (route) {
      case IDENTIFY, ENGAGE -> Shape.PERSON;
      case ALIAS -> Shape.ALIAS;
      case GROUPS -> Shape.GROUP;
      case BATCH -> shapeInBatch(fields);
      case CAPTURE, E, S -> Shape.NONE;
    };
  }

  private static Shape shapeInBatch(EventFields fields) {
    String type = fields.isString(Field.TYPE) ? fields.text(Field.TYPE) : "";
    return switch (type.toLowerCase(Locale.ROOT)) {
      case "identify", "engage" -> Shape.PERSON;
      case "alias" -> Shape.ALIAS;
      case "groupidentify", "group_identify" -> Shape.GROUP;
      default ->
          fields.has(Field.ALIAS) && fields.has(Field.DISTINCT_ID) ? Shape.ALIAS : Shape.NONE;
    };
  }

  private static boolean hasAlias(EventFields fields) {
    Field place = fields.has(Field.ALIAS) ? Field.ALIAS : Field.PROPERTIES_ALIAS;
    return fields.isString(place) && !fields.text(place).isBlank();
  }

  private static boolean hasGroupType(EventFields fields) {
    for (Field place : GROUP_TYPES) {
      if (fields.isString(place) && !fields.isEmptyString(place)) {
        return true;
      }
    }
    return false;
  }

  private static String groupKeyOrNull(EventFields fields) {
    return fields.firstIdOrNull(GROUP_KEYS);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
