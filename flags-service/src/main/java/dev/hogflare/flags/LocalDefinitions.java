// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Writes the definitions that server SDKs evaluate by themselves.
 *
 * <p>SDKs ask the service for every flag that is missing. So only those are among them of which an
 * SDK comes to the same value: no flag of hogflare's, whose bucketing and whose rule that the first
 * condition decides cannot be said in this format, and only official flags with {@link
 * LocalAgreement}.
 */
final class LocalDefinitions {
  private static final String SURVEY = "survey-targeting-";
  private static final int TAG_DIGITS = 32;

  private LocalDefinitions() {}

  /**
   * The definitions of one project.
   *
   * @param json the answer
   * @param tag its ETag in the weak form
   */
  record Document(byte[] json, String tag) {
    /** Whether the header {@code If-None-Match} says that the client has this already. */
    boolean matches(String ifNoneMatch) {
      for (String candidate : ifNoneMatch.split(",")) {
        String tagged = candidate.strip();
        if (tagged.equals("*") || opaque(tagged).equals(opaque(tag))) {
          return true;
        }
      }
      return false;
    }

    private static String opaque(String tagged) {
      return tagged.startsWith("W/") ? tagged.substring(2) : tagged;
    }
  }

  /**
   * Returns the definitions of a project.
   *
   * @param token the project's token
   * @param problems what is wrong in the document
   */
  static Document of(ProjectFlags project, String token, List<FlagProblem> problems) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    ObjectNode answer = nodes.objectNode();
    ArrayNode flags = answer.putArray("flags");
    Map<String, FlagDefinition> named = byIdAndKey(project);
    LocalAgreement agreement =
        new LocalAgreement(named, project.cohorts(), doubtful(token, problems));
    project.flags().stream()
        .filter(flag -> isPublished(flag, project.brokenFlags()))
        .filter(agreement::holds)
        .sorted(Comparator.comparing(FlagDefinition::key))
        .forEach(flag -> flags.add(published(flag, named)));
    ObjectNode groups = answer.putObject("group_type_mapping");
    project.groupTypes().forEach((index, type) -> groups.put(Integer.toString(index), type));
    answer.set("cohorts", project.cohorts().deepCopy());
    answer.put("minimal_flag_called_events", false);
    answer.put("property_matching_version", project.propertyMatchingVersion());
    byte[] json = answer.toString().getBytes(StandardCharsets.UTF_8);
    return new Document(json, "W/\"" + digest(json) + "\"");
  }

  /** Returns what the problems that a project sees are about. */
  private static Set<String> doubtful(String token, List<FlagProblem> problems) {
    String own = " of project " + token;
    return problems.stream()
        .map(FlagProblem::flag)
        .map(
            about ->
                about.endsWith(own) ? about.substring(0, about.length() - own.length()) : about)
        .collect(Collectors.toUnmodifiableSet());
  }

  private static boolean isPublished(FlagDefinition flag, Set<String> broken) {
    ObjectNode source = flag.source();
    return flag.format() == FlagDefinition.Format.OFFICIAL
        && !broken.contains(flag.key())
        && !flag.key().startsWith(SURVEY)
        && !source.path("deleted").asBoolean(false)
        && !source.path("has_encrypted_payloads").asBoolean(false);
  }

  private static Map<String, FlagDefinition> byIdAndKey(ProjectFlags project) {
    Map<String, FlagDefinition> named = new HashMap<>();
    for (FlagDefinition flag : project.flags()) {
      named.put(flag.key(), flag);
    }
    for (FlagDefinition flag : project.flags()) {
      if (flag.id() != 0) {
        named.put(Long.toString(flag.id()), flag);
      }
    }
    return named;
  }

  private static ObjectNode published(FlagDefinition flag, Map<String, FlagDefinition> named) {
    ObjectNode copy = flag.source().deepCopy();
    copy.put("active", flag.active());
    for (JsonNode condition : copy.path("filters").path("groups")) {
      for (JsonNode filter : condition.path("properties")) {
        if (filter instanceof ObjectNode object && object.path("type").asText().equals("flag")) {
          chain(object, named);
        }
      }
    }
    return copy;
  }

  /** SDKs want the other flag's key, and which flags come before it. */
  private static void chain(ObjectNode filter, Map<String, FlagDefinition> named) {
    ArrayNode chain = filter.putArray("dependency_chain");
    FlagDefinition other = named.get(filter.path("key").asText());
    if (other != null) {
      other.dependencyChain().forEach(chain::add);
      chain.add(other.key());
      filter.put("key", other.key());
    }
  }

  private static String digest(byte[] json) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(json);
      return HexFormat.of().formatHex(digest).substring(0, TAG_DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("This Java runtime has no SHA-256.", e);
    }
  }
}
