// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads a document of flags; safe for use by several threads. */
public final class FlagSetParser {
  /** The deepest nesting of JSON that a document may have. */
  private static final int MAX_DEPTH = 128;

  private static final String DOCUMENT = "document";

  private final ObjectReader reader;

  /** Creates a parser. */
  public FlagSetParser() {
    JsonFactory factory =
        JsonFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            .build();
    reader =
        JsonMapper.builder(factory)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .readerFor(JsonNode.class);
  }

  /**
   * Returns the flags of a document.
   *
   * <p>A flag with an error is among them: it is answered as failed, and {@link FlagSet#problems}
   * says why.
   *
   * @param document UTF-8 JSON: a list of flags, or an object with {@code flags} and, optionally,
   *     {@code group_type_mapping}, {@code cohorts}, {@code bucketing}, {@code timezone}, {@code
   *     property_matching_version}, {@code quota_limited}, and {@code projects} (token to such an
   *     object or list)
   * @throws FlagDocumentException if this is no JSON, or neither list nor object; the sentence says
   *     where
   */
  public FlagSet parse(byte[] document) throws FlagDocumentException {
    JsonNode root = read(document);
    Set<FlagProblem> problems = new LinkedHashSet<>();
    Section common = section(root, DOCUMENT, Section.EMPTY, problems);
    Map<String, ProjectFlags> projects = new HashMap<>();
    JsonNode byToken = root.get(DefinitionField.PROJECTS.word());
    if (byToken != null && !byToken.isNull()) {
      if (byToken instanceof ObjectNode object) {
        object
            .properties()
            .forEach(
                entry -> {
                  String label = "project " + entry.getKey();
                  Section own = section(entry.getValue(), label, common, problems);
                  projects.put(entry.getKey(), new ProjectReader(own, problems).read());
                });
      } else {
        new DefinitionObject.Problems(DOCUMENT, problems)
            .error(
                DefinitionField.PROJECTS.word(),
                "has to be an object from project token to flags.");
      }
    }
    return new FlagSet(
        version(document),
        new ProjectReader(common, problems).read(),
        projects,
        List.copyOf(problems));
  }

  private JsonNode read(byte[] document) throws FlagDocumentException {
    JsonNode root;
    try {
      root = reader.readTree(document);
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      String where =
          at == null ? "" : " in line " + at.getLineNr() + ", column " + at.getColumnNr();
      throw new FlagDocumentException(
          "The flags are no JSON" + where + ": " + e.getOriginalMessage() + ".", e);
    } catch (IOException e) {
      throw new FlagDocumentException("The flags are no JSON: " + e.getMessage() + ".", e);
    }
    if (!root.isArray() && !root.isObject()) {
      throw new FlagDocumentException(
          "The flags have to be a list of definitions, or an object with the field flags.");
    }
    return root;
  }

  private static String version(byte[] document) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(document);
      return HexFormat.of().formatHex(digest, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256.", e);
    }
  }

  /**
   * One list of flags with what holds for them.
   *
   * @param flags each flag with the name that its problems bear
   */
  record Section(
      List<Entry> flags,
      SortedMap<Integer, String> groupTypes,
      ObjectNode cohorts,
      HogflareFlag.Bucketing bucketing,
      int matchingVersion,
      ZoneId zone,
      boolean quotaLimited) {
    private static final Section EMPTY =
        new Section(
            List.of(),
            new TreeMap<>(),
            JsonNodeFactory.instance.objectNode(),
            HogflareFlag.Bucketing.HOGFLARE,
            1,
            ZoneOffset.UTC,
            false);

    /**
     * One flag.
     *
     * @param label the name for problems, if the flag has no key
     * @param key the key
     * @param suffix what is added to the key in problems
     */
    record Entry(String label, String key, String suffix, ObjectNode json) {}
  }

  private static Section section(
      JsonNode json, String label, Section parent, Set<FlagProblem> problems) {
    DefinitionObject.Problems own = new DefinitionObject.Problems(label, problems);
    ObjectNode fields = JsonNodeFactory.instance.objectNode();
    if (json instanceof ObjectNode object) {
      fields = object;
    } else if (json.isArray()) {
      fields.set(DefinitionField.FLAGS.word(), json);
    } else {
      own.error(label, "has to be a list of flags, or an object with the field flags.");
    }
    DefinitionObject section = new DefinitionObject(fields, "", own);
    String suffix = label.equals(DOCUMENT) ? "" : " of " + label;
    List<Section.Entry> flags = flags(fields, suffix, own, problems);
    Set<String> keys = new LinkedHashSet<>();
    flags.forEach(flag -> keys.add(flag.key()));
    for (Section.Entry inherited : parent.flags) {
      if (!keys.contains(inherited.key())) {
        flags.add(inherited);
      }
    }
    SortedMap<Integer, String> groupTypes =
        section.has(DefinitionField.GROUP_TYPE_MAPPING) ? groupTypes(section) : parent.groupTypes;
    ObjectNode cohorts =
        section.object(DefinitionField.COHORTS).map(DefinitionObject::json).orElse(parent.cohorts);
    return new Section(
        flags,
        groupTypes,
        cohorts,
        HogflareFlagReader.bucketing(section, DefinitionField.DOCUMENT_BUCKETING, parent.bucketing),
        matchingVersion(section, parent.matchingVersion),
        zone(section, parent.zone),
        section.truth(DefinitionField.QUOTA_LIMITED, parent.quotaLimited));
  }

  private static List<Section.Entry> flags(
      ObjectNode fields, String suffix, DefinitionObject.Problems own, Set<FlagProblem> problems) {
    List<Section.Entry> out = new ArrayList<>();
    JsonNode list = fields.get(DefinitionField.FLAGS.word());
    if (list == null || list.isNull()) {
      return out;
    }
    if (!list.isArray()) {
      own.error(DefinitionField.FLAGS.word(), "has to be a list of definitions.");
      return out;
    }
    Set<String> keys = new LinkedHashSet<>();
    for (int i = 0; i < list.size(); i++) {
      String label = "flags[" + i + "]";
      DefinitionObject.Problems place = new DefinitionObject.Problems(label + suffix, problems);
      if (!(list.get(i) instanceof ObjectNode object)) {
        place.error(label, "has to be an object; it is left out.");
        continue;
      }
      JsonNode key = object.get(DefinitionField.KEY.word());
      if (key == null || !key.isTextual() || key.textValue().isEmpty()) {
        place.error(DefinitionField.KEY.word(), "has to be the flag's name; the flag is left out.");
      } else if (!keys.add(key.textValue())) {
        new DefinitionObject.Problems(key.textValue() + suffix, problems)
            .error(
                DefinitionField.KEY.word(),
                "is the key of an earlier flag, too; that one holds, and "
                    + label
                    + " is left out.");
      } else {
        out.add(new Section.Entry(label, key.textValue(), suffix, object));
      }
    }
    return out;
  }

  private static SortedMap<Integer, String> groupTypes(DefinitionObject section) {
    SortedMap<Integer, String> out = new TreeMap<>();
    section
        .map(DefinitionField.GROUP_TYPE_MAPPING)
        .forEach(
            (left, right) -> {
              // PostHog writes index to name; the inverse is read, too.
              String index = left.matches("[0-9]{1,4}") ? left : right.asText();
              String name = left.matches("[0-9]{1,4}") ? right.asText() : left;
              if (!index.matches("[0-9]{1,4}") || name.isEmpty() || !right.isValueNode()) {
                section.error(
                    DefinitionField.GROUP_TYPE_MAPPING,
                    "has the entry \""
                        + left
                        + "\", which does not lead from index to group type.");
              } else {
                out.put(Integer.parseInt(index), name);
              }
            });
    return out;
  }

  private static int matchingVersion(DefinitionObject section, int otherwise) {
    if (section.rawOrNull(DefinitionField.PROPERTY_MATCHING_VERSION) == null) {
      return otherwise;
    }
    return section.whole(DefinitionField.PROPERTY_MATCHING_VERSION) == 2 ? 2 : 1;
  }

  private static ZoneId zone(DefinitionObject section, ZoneId otherwise) {
    return section
        .text(DefinitionField.TIMEZONE)
        .map(
            name -> {
              try {
                return ZoneId.of(name);
              } catch (DateTimeException e) {
                section.error(
                    DefinitionField.TIMEZONE,
                    "is \""
                        + name
                        + "\", which is no time zone such as Europe/Berlin; "
                        + otherwise
                        + " holds.");
                return otherwise;
              }
            })
        .orElse(otherwise);
  }
}
