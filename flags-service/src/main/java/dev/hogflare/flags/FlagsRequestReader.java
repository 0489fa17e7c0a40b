// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.hogflare.contract.DistinctIds;
import dev.hogflare.contract.GeoProperties;
import dev.hogflare.geoip.GeoPlace;
import dev.hogflare.wire.LocationHeader;
import dev.hogflare.wire.Octets;
import dev.hogflare.wire.Refusal;
import dev.hogflare.wire.RequestRefusedException;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Reads the body of a request for flags, with the names and types of every SDK. */
final class FlagsRequestReader {
  /** How deep PostHog reads. */
  private static final int MAX_DEPTH = 128;

  /** What says no more than in which country a client is. */
  private static final Set<String> BROAD =
      Set.of(LocationHeader.COUNTRY.property(), LocationHeader.CONTINENT.property());

  private static final String PROBLEM = "Failed to decode request: ";

  /** As lenient as PostHog's reader: comments, single quotes, bare names, trailing commas. */
  private static final ObjectReader JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                  .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .build())
          .enable(
              JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS,
              JsonReadFeature.ALLOW_JAVA_COMMENTS,
              JsonReadFeature.ALLOW_SINGLE_QUOTES,
              JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES,
              JsonReadFeature.ALLOW_TRAILING_COMMA)
          .build()
          .readerFor(JsonNode.class);

  private FlagsRequestReader() {}

  /**
   * What stands beside the body.
   *
   * @param token the project key in a header or the query, if any
   * @param storedPersonIgnored whether stored properties are to be left out
   * @param surveyFlagsOnly whether only flags of surveys are asked for
   * @param runtime the kind of program, as its headers tell
   * @param location what its headers tell about the place of the client, as properties of a person
   * @param place finds where an address is, null for that of the client, or gives null
   * @param now the time
   */
  record Context(
      Optional<String> token,
      boolean storedPersonIgnored,
      boolean surveyFlagsOnly,
      RequestRuntime runtime,
      Map<String, JsonNode> location,
      Function<String, GeoPlace> place,
      Instant now) {}

  /**
   * Reads a body.
   *
   * @param json the decoded body
   * @throws RequestRefusedException if it is no JSON object, or a field has another type than it
   *     can have
   */
  static FlagsRequest read(Octets json, Context context) throws RequestRefusedException {
    return new Reading(context).read(body(json));
  }

  private static ObjectNode body(Octets json) throws RequestRefusedException {
    if (json.isEmpty()) {
      throw refusal("the body is empty; send a JSON object.");
    }
    JsonNode node;
    try (JsonParser parser =
        JSON.getFactory().createParser(json.bytes(), json.from(), json.length())) {
      node = JSON.readTree(parser);
      if (node != null && parser.nextToken() != null) {
        throw refusal("there is something behind the JSON.");
      }
    } catch (StreamConstraintsException e) {
      throw refusal("it is nested more deeply than " + MAX_DEPTH + " levels.");
    } catch (JsonProcessingException e) {
      throw refusal("it is not JSON (" + e.getOriginalMessage() + ").");
    } catch (IOException e) {
      throw refusal("it is not JSON.");
    }
    if (node instanceof ArrayNode list) {
      // hogflare takes the first of several.
      node = list.isEmpty() ? list.objectNode() : list.get(0);
    }
    if (node instanceof ObjectNode object) {
      withoutNaN(object);
      return object;
    }
    throw refusal("the body must be a JSON object.");
  }

  /** PostHog reads what is no number in JSON as null. */
  private static void withoutNaN(JsonNode node) {
    if (node instanceof ObjectNode object) {
      for (Map.Entry<String, JsonNode> member : object.properties()) {
        if (isNaN(member.getValue())) {
          member.setValue(NullNode.getInstance());
        } else if (member.getValue().isContainerNode()) {
          withoutNaN(member.getValue());
        }
      }
    } else if (node instanceof ArrayNode list) {
      for (int i = 0; i < list.size(); i++) {
        if (isNaN(list.get(i))) {
          list.set(i, NullNode.getInstance());
        } else if (list.get(i).isContainerNode()) {
          withoutNaN(list.get(i));
        }
      }
    }
  }

  private static boolean isNaN(JsonNode node) {
    return node.isDouble() && !Double.isFinite(node.doubleValue());
  }

  private static RequestRefusedException refusal(String detail) {
    return new RequestRefusedException(Refusal.UNREADABLE, PROBLEM + detail);
  }

  /** The reading of one body; of a field with two names, the first that is not null holds. */
  private static final class Reading {
    private final Context context;

    Reading(Context context) {
      this.context = context;
    }

    FlagsRequest read(ObjectNode body) throws RequestRefusedException {
      Optional<String> token = text(body, "token", "$token", "api_key").filter(t -> !t.isBlank());
      if (token.isEmpty()) {
        token = context.token();
      }
      Optional<String> distinctId =
          id(body, "distinct_id", "$distinct_id").map(DistinctIds::normalize);
      Map<String, JsonNode> person =
          withPlace(members(body, "person_properties", "$properties"), body);
      Optional<String> anonymous = id(body, "$anon_distinct_id", "anon_distinct_id");
      if (anonymous.isEmpty()) {
        anonymous = EvaluationRequest.idText(person.get("$anon_distinct_id"));
      }
      Optional<String> device = id(body, "$device_id", "device_id");
      if (device.isEmpty()) {
        device = EvaluationRequest.idText(person.get("$device_id"));
      }
      Optional<Set<String>> contexts = texts(body, "evaluation_contexts");
      if (contexts.isEmpty()) {
        contexts = texts(body, "evaluation_environments");
      }
      return new FlagsRequest(
          token.map(String::strip),
          distinctId,
          field(body, "disable_flags").asBoolean(false),
          new EvaluationRequest(
              token.map(String::strip).orElse(""),
              distinctId.orElse(""),
              device,
              anonymous.map(DistinctIds::normalize),
              person,
              context.storedPersonIgnored(),
              groups(body),
              groupProperties(body),
              texts(body, "flag_keys_to_evaluate", "flag_keys"),
              context.surveyFlagsOnly(),
              contexts,
              runtime(body),
              context.now()));
    }

    /**
     * Adds the properties of the place: over the stored ones, under those of the request.
     *
     * <p>What a proxy says wins over the database, which adds what is left open unless it knows
     * another country; as for events.
     */
    private Map<String, JsonNode> withPlace(Map<String, JsonNode> person, ObjectNode body) {
      if (field(body, "geoip_disable").asBoolean(false)) {
        return person;
      }
      String elsewhere = field(body, "ip_address").textValue();
      Map<String, JsonNode> said = elsewhere == null ? context.location() : Map.of();
      GeoPlace place = context.place().apply(elsewhere);
      if (said.isEmpty() && place == null) {
        return person;
      }
      Map<String, JsonNode> all = new HashMap<>(said);
      all.putAll(person);
      if (place != null && isIn(said, place.countryCode())) {
        add(all, "country_name", place.countryName());
        add(all, "country_code", place.countryCode());
        add(all, "continent_name", place.continentName());
        add(all, "continent_code", place.continentCode());
        if (BROAD.containsAll(said.keySet())) {
          add(all, "city_name", place.cityName());
          add(all, "postal_code", place.postalCode());
          add(all, "time_zone", place.timeZone());
        }
      }
      return all;
    }

    private static boolean isIn(Map<String, JsonNode> said, String country) {
      JsonNode known = said.get(LocationHeader.COUNTRY.property());
      return known == null || known.textValue().equalsIgnoreCase(country);
    }

    private static void add(Map<String, JsonNode> properties, String name, String value) {
      if (value != null) {
        properties.putIfAbsent(GeoProperties.PREFIX + name, TextNode.valueOf(value));
      }
    }

    private RequestRuntime runtime(ObjectNode body) throws RequestRefusedException {
      Optional<String> named = text(body, "evaluation_runtime");
      if (named.isEmpty()) {
        return context.runtime();
      }
      return switch (named.get()) {
        case "client" -> RequestRuntime.CLIENT;
        case "server" -> RequestRuntime.SERVER;
        case "all" -> RequestRuntime.ALL;
        default ->
            throw refusal(
                "evaluation_runtime is \"" + named.get() + "\" and must be all, client or server.");
      };
    }

    private static JsonNode field(ObjectNode body, String... names) {
      for (String name : names) {
        JsonNode value = body.get(name);
        if (value != null && !value.isNull()) {
          return value;
        }
      }
      return NullNode.getInstance();
    }

    private static Optional<String> text(ObjectNode body, String... names)
        throws RequestRefusedException {
      JsonNode value = field(body, names);
      if (value.isNull()) {
        return Optional.empty();
      }
      if (!value.isTextual()) {
        throw refusal(names[0] + " must be a string.");
      }
      return Optional.of(value.textValue());
    }

    private static Optional<String> id(ObjectNode body, String... names)
        throws RequestRefusedException {
      JsonNode value = field(body, names);
      if (value.isNull()) {
        return Optional.empty();
      }
      Optional<String> id = EvaluationRequest.idText(value);
      if (id.isEmpty()) {
        throw refusal(names[0] + " must be a string or a number.");
      }
      return id;
    }

    private static Map<String, JsonNode> members(ObjectNode body, String... names)
        throws RequestRefusedException {
      return members(names[0], field(body, names));
    }

    private static Map<String, JsonNode> members(String name, JsonNode value)
        throws RequestRefusedException {
      if (value.isNull()) {
        return Map.of();
      }
      if (!(value instanceof ObjectNode object)) {
        throw refusal(name + " must be an object.");
      }
      Map<String, JsonNode> members = HashMap.newHashMap(object.size());
      for (Map.Entry<String, JsonNode> member : object.properties()) {
        members.put(member.getKey(), member.getValue());
      }
      return members;
    }

    private static Map<String, String> groups(ObjectNode body) throws RequestRefusedException {
      Map<String, JsonNode> named = members(body, "groups", "$groups");
      if (named.isEmpty()) {
        return Map.of();
      }
      Map<String, String> groups = HashMap.newHashMap(named.size());
      // A key of another type is none: the flag is told that the group is missing.
      named.forEach(
          (type, key) -> EvaluationRequest.idText(key).ifPresent(text -> groups.put(type, text)));
      return groups;
    }

    private static Map<String, Map<String, JsonNode>> groupProperties(ObjectNode body)
        throws RequestRefusedException {
      Map<String, JsonNode> named = members(body, "group_properties", "$group_properties");
      if (named.isEmpty()) {
        return Map.of();
      }
      Map<String, Map<String, JsonNode>> properties = HashMap.newHashMap(named.size());
      for (Map.Entry<String, JsonNode> type : named.entrySet()) {
        properties.put(
            type.getKey(), members("group_properties." + type.getKey(), type.getValue()));
      }
      return properties;
    }

    private static Optional<Set<String>> texts(ObjectNode body, String... names)
        throws RequestRefusedException {
      JsonNode value = field(body, names);
      if (value.isNull()) {
        return Optional.empty();
      }
      Set<String> texts = new LinkedHashSet<>();
      if (value instanceof ArrayNode list) {
        for (JsonNode item : list) {
          if (!item.isTextual()) {
            throw refusal(names[0] + " must be a list of strings.");
          }
          texts.add(item.textValue());
        }
        return Optional.of(texts);
      }
      throw refusal(names[0] + " must be a list of strings.");
    }
  }
}
