// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One request on its way through the flags: what is asked of the stored state is asked once, and
 * every flag is computed once.
 *
 * <p>Used by one thread.
 */
final class Evaluation {
  private static final byte[] NOTHING = {};

  private final EvaluationRequest request;
  private final StateSource source;
  private final CompiledFlag[] flags;
  private final FlagResult[] results;
  private final Map<String, JsonNode> personOverrides;
  private Failure failure;
  private PersonState person;
  private Map<String, GroupState> groups;
  private ContinuityKeys continuityKeys;
  private Sha1 sha1;
  private byte[] distinctId;
  private byte[] deviceId;
  private TextNode distinctIdNode;

  Evaluation(CompiledFlag[] flags, EvaluationRequest request, StateSource source) {
    this.flags = flags;
    this.request = request;
    this.source = source;
    this.results = new FlagResult[flags.length];
    this.personOverrides = request.personProperties();
  }

  EvaluationRequest request() {
    return request;
  }

  Instant now() {
    return request.now();
  }

  /** Returns what kept the flag that is being computed from its value, or null. */
  Failure failure() {
    return failure;
  }

  /** Gives up the flag that is being computed. */
  void fail(Failure reason) {
    failure = reason;
  }

  /** Returns the result of a flag, which is computed now if it was not yet. */
  FlagResult result(int flag) {
    FlagResult known = results[flag];
    if (known != null) {
      return known;
    }
    Failure outer = failure;
    // In the order of their dependencies, so that a long chain does not need a deep stack.
    for (int first : flags[flag].chain()) {
      if (results[first] == null) {
        results[first] = compute(first, null);
      }
    }
    FlagResult result = compute(flag, null);
    failure = outer;
    results[flag] = result;
    return result;
  }

  /** Returns the result of a flag and writes down how it came about. */
  FlagResult explain(int flag, FlagTrace trace) {
    for (int first : flags[flag].chain()) {
      result(first);
    }
    return compute(flag, trace);
  }

  private FlagResult compute(int flag, FlagTrace trace) {
    failure = null;
    return flags[flag].compute(this, trace);
  }

  Sha1 sha1() {
    if (sha1 == null) {
      sha1 = new Sha1();
    }
    return sha1;
  }

  /** Returns the distinct id in UTF-8. */
  byte[] distinctId() {
    if (distinctId == null) {
      distinctId = utf8(request.distinctId());
    }
    return distinctId;
  }

  /** Returns the device in UTF-8, or null if the request names none. */
  byte[] deviceIdOrNull() {
    if (deviceId == null && request.deviceId().isPresent()) {
      deviceId = utf8(request.deviceId().get());
    }
    return deviceId == null || deviceId.length == 0 ? null : deviceId;
  }

  /** Returns the key of a group in UTF-8, or null if the request names none. */
  byte[] groupKeyOrNull(String type) {
    String key = request.groups().get(type);
    return key == null ? null : utf8(key);
  }

  /**
   * Returns the id that a flag with experience continuity hashes: the stored one, else the
   * anonymous one, else the distinct id. The flag fails if nobody can tell.
   */
  byte[] continuousId(String flagKey) {
    if (continuityKeys == null) {
      continuityKeys = source.continuityKeys();
    }
    return switch (continuityKeys) {
      case ContinuityKeys.Known known -> {
        String stored = known.byFlag().get(flagKey);
        yield stored == null ? anonymousElseDistinctId() : utf8(stored);
      }
      case ContinuityKeys.Unreachable unreachable -> {
        fail(Failure.CONTINUITY);
        yield NOTHING;
      }
    };
  }

  /** Returns the id before login in UTF-8, else the distinct id. */
  byte[] anonymousElseDistinctId() {
    Optional<String> anonymous = request.anonDistinctId();
    return anonymous.isPresent() ? utf8(anonymous.get()) : distinctId();
  }

  /** Returns a property of the person, or null; the flag fails if it cannot be known. */
  JsonNode personProperty(String name) {
    JsonNode override = personOverrides.get(name);
    if (override != null) {
      return override;
    }
    if (name.equals("distinct_id")) {
      if (distinctIdNode == null) {
        distinctIdNode = TextNode.valueOf(request.distinctId());
      }
      return distinctIdNode;
    }
    return switch (person()) {
      case PersonState.Known known -> known.properties().get(name);
      case PersonState.Unknown unknown -> null;
      case PersonState.Unreachable unreachable -> {
        fail(Failure.PERSON);
        yield null;
      }
    };
  }

  /** Returns when the person came into being as text, or null; the flag fails likewise. */
  JsonNode personCreatedAt() {
    return switch (person()) {
      case PersonState.Known known ->
          known.createdAt().map(at -> TextNode.valueOf(at.toString())).orElse(null);
      case PersonState.Unknown unknown -> null;
      case PersonState.Unreachable unreachable -> {
        fail(Failure.PERSON);
        yield null;
      }
    };
  }

  private PersonState person() {
    if (person == null) {
      person = request.storedPersonIgnored() ? new PersonState.Unknown() : source.person();
    }
    return person;
  }

  /** Returns a property of a group, or null; the flag fails if it cannot be known. */
  JsonNode groupProperty(String type, String name) {
    Map<String, JsonNode> overrides = request.groupProperties().get(type);
    JsonNode override = overrides == null ? null : overrides.get(name);
    if (override != null) {
      return override;
    }
    String key = request.groups().get(type);
    if (key == null || key.isEmpty()) {
      return null;
    }
    if (name.equals("$group_key")) {
      return TextNode.valueOf(key);
    }
    if (groups == null) {
      groups = new HashMap<>();
    }
    return switch (groups.computeIfAbsent(type, t -> source.group(t, key))) {
      case GroupState.Known known -> known.properties().get(name);
      case GroupState.Unknown unknown -> null;
      case GroupState.Unreachable unreachable -> {
        fail(Failure.GROUP);
        yield null;
      }
    };
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
