// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.hogflare.geoip.IpRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Reads a file of transformations and builds its steps. */
public final class TransformationsFile {
  private static final List<String> URLS = List.of("$current_url", "$referrer");
  private static final int LEAST_SALT = 8;

  private static final Set<String> NAMES_WITH_A_MEANING =
      Set.of("$identify", "$create_alias", "$merge_dangerously", "$groupidentify");

  private static final ObjectMapper YAML =
      new YAMLMapper(
              YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** Builds a step of one type from its fields. */
  private interface Builder {
    Step build(StepFields fields) throws TransformationsException;
  }

  private final UserAgents agents = new UserAgents();
  private final Map<String, Builder> builders =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("bot_detection", this::botDetection),
              Map.entry("drop_event", TransformationsFile::drop),
              Map.entry("filter_properties", TransformationsFile::filter),
              Map.entry("ip_anonymization", TransformationsFile::ipAnonymization),
              Map.entry("pii_hashing", TransformationsFile::piiHashing),
              Map.entry("url_masking", TransformationsFile::urlMasking),
              Map.entry("url_normalization", TransformationsFile::urlNormalization),
              Map.entry("url_parameters", TransformationsFile::urlParameters),
              Map.entry("user_agent", this::userAgent),
              Map.entry("timestamp", TransformationsFile::timestamp),
              Map.entry("flatten", TransformationsFile::flatten),
              Map.entry("downsampling", TransformationsFile::downsampling),
              Map.entry("rename", TransformationsFile::rename)));

  private TransformationsFile() {}

  /**
   * Reads a file.
   *
   * @throws TransformationsException if it cannot be read or used
   */
  public static Transformations read(Path file) throws TransformationsException {
    try {
      return parse(file.toString(), Files.readAllBytes(file));
    } catch (IOException e) {
      throw new TransformationsException("The file " + file + " cannot be read (" + e + ").", e);
    }
  }

  /**
   * Reads the content of a file.
   *
   * @param file its name, for errors
   * @throws TransformationsException if it cannot be used
   */
  public static Transformations parse(String file, byte[] yaml) throws TransformationsException {
    return new TransformationsFile().build(file, yaml);
  }

  private Transformations build(String file, byte[] yaml) throws TransformationsException {
    JsonNode root;
    try {
      root = YAML.readTree(yaml);
    } catch (JsonProcessingException e) {
      throw new TransformationsException(
          file
              + ", line "
              + (e.getLocation() == null ? "?" : e.getLocation().getLineNr())
              + ": it is not YAML ("
              + firstLine(e.getOriginalMessage())
              + ").",
          e);
    } catch (IOException e) {
      throw new TransformationsException(file + ": it cannot be read (" + e + ").", e);
    }
    if (!(root instanceof ObjectNode object)
        || object.size() != 1
        || !object.path("transformations").isArray()
        || object.path("transformations").isEmpty()) {
      throw new TransformationsException(
          file + ": it must hold one list with at least one step, named transformations.");
    }
    List<Transformations.NamedStep> steps = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (JsonNode step : object.get("transformations")) {
      Transformations.NamedStep built = step(file, steps.size() + 1, step);
      if (!names.add(built.name())) {
        throw new TransformationsException(
            file
                + ", step "
                + (steps.size() + 1)
                + ", field name: another step is called "
                + built.name()
                + " as well; give it another name.");
      }
      steps.add(built);
    }
    return new Transformations(steps);
  }

  private static String firstLine(String text) {
    int end = text.indexOf('\n');
    return end < 0 ? text : text.substring(0, end);
  }

  private Transformations.NamedStep step(String file, int number, JsonNode node)
      throws TransformationsException {
    String where = file + ", step " + number;
    if (!(node instanceof ObjectNode object)) {
      throw new TransformationsException(where + ": it is no map; write type: and its fields.");
    }
    JsonNode called = object.get("name");
    if (called != null && called.isTextual()) {
      where += " (" + called.textValue() + ")";
    }
    StepFields fields = new StepFields(where, object);
    String type = fields.text("type");
    Builder builder = builders.get(type);
    if (builder == null) {
      throw fields.problem(
          "type",
          "there is no type "
              + type
              + "; the types are "
              + String.join(", ", builders.keySet())
              + ".");
    }
    String name = fields.text("name", type);
    String when = fields.text("when", "");
    if (fields.has("when") && when.isBlank()) {
      throw fields.problem("when", "it is empty; write a condition, or leave it out.");
    }
    Condition condition = when.isBlank() ? null : fields.parsed("when", when, Condition::compile);
    Step step = builder.build(fields);
    fields.end();
    return new Transformations.NamedStep(name, condition, step);
  }

  private Step botDetection(StepFields fields) throws TransformationsException {
    List<IpRange> addresses = new ArrayList<>();
    for (String range : fields.texts("addresses", List.of())) {
      addresses.add(fields.parsed("addresses", range, IpRange::parse));
    }
    return new BotDetectionStep(
        agents,
        fields.texts("patterns", List.of()).stream()
            .map(pattern -> pattern.toLowerCase(Locale.ROOT))
            .toList(),
        List.copyOf(addresses),
        fields.isSecond("missing_user_agent", "person", "bot"),
        fields.isSecond("action", "drop", "tag"));
  }

  private static Step drop(StepFields fields) throws TransformationsException {
    List<String> events = fields.texts("events", List.of());
    if (events.isEmpty() && !fields.has("when")) {
      throw fields.problem(
          "events",
          "without it and without when, every event would be dropped; write one of them.");
    }
    return new DropStep(Set.copyOf(events));
  }

  private static Step filter(StepFields fields) throws TransformationsException {
    List<String> names = new ArrayList<>();
    List<String> beginnings = new ArrayList<>();
    for (String name : fields.texts("properties")) {
      if (name.equals("*")) {
        throw fields.problem(
            "properties", "* alone is every property; write what they begin with.");
      } else if (name.endsWith("*")) {
        beginnings.add(name.substring(0, name.length() - 1));
      } else {
        fields.changeable("properties", name);
        names.add(name);
      }
    }
    return new FilterStep(List.copyOf(names), List.copyOf(beginnings));
  }

  private static Step ipAnonymization(StepFields fields) throws TransformationsException {
    return new IpAnonymizationStep(fields.properties("properties", List.of("$ip")));
  }

  private static Step piiHashing(StepFields fields) throws TransformationsException {
    List<String> names = fields.properties("properties", fields.texts("properties"));
    String salt = fields.text("salt");
    if (salt.length() < LEAST_SALT) {
      throw fields.problem(
          "salt", "it is shorter than " + LEAST_SALT + " characters; write a long random text.");
    }
    return new PiiHashingStep(names, salt);
  }

  private static Step urlMasking(StepFields fields) throws TransformationsException {
    return new UrlMaskingStep(
        fields.properties("properties", URLS),
        fields.texts("parameters").stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet()),
        fields.text("mask", "[REDACTED]"));
  }

  private static Step urlNormalization(StepFields fields) throws TransformationsException {
    return new UrlNormalizationStep(
        fields.properties("properties", URLS),
        fields.flag("keep_fragment", false),
        fields.flag("replace_ids", false));
  }

  private static Step urlParameters(StepFields fields) throws TransformationsException {
    String prefix = fields.text("prefix", "");
    String suffix = fields.text("suffix", "");
    List<String> parameters = fields.texts("parameters");
    for (String parameter : parameters) {
      fields.changeable("parameters", prefix + parameter + suffix);
    }
    return new UrlParametersStep(
        fields.text("from", "$current_url"),
        parameters,
        prefix,
        suffix,
        fields.flag("ignore_case", false),
        fields.flag("set", false),
        fields.flag("set_once", false));
  }

  private Step userAgent(StepFields fields) throws TransformationsException {
    return new UserAgentStep(agents, fields.flag("override", false));
  }

  private static Step timestamp(StepFields fields) throws TransformationsException {
    String zone = fields.text("zone", "UTC");
    return new TimestampStep(
        fields.has("property") ? fields.text("property") : null,
        fields.text("prefix", ""),
        fields.parsed("zone", zone, TransformationsFile::zone));
  }

  private static ZoneId zone(String name) {
    try {
      return ZoneId.of(name);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "is " + name + ", which is no time zone; write one such as UTC or Europe/Berlin.", e);
    }
  }

  private static Step flatten(StepFields fields) throws TransformationsException {
    return new FlattenStep(
        fields.properties("properties", List.of()),
        fields.text("separator", "__"),
        fields.flag("keep", true));
  }

  private static Step downsampling(StepFields fields) throws TransformationsException {
    return new DownsamplingStep(fields.number("percentage", 0, 100));
  }

  private static Step rename(StepFields fields) throws TransformationsException {
    Map<String, String> events = fields.pairs("events");
    Map<String, String> properties = fields.pairs("properties");
    if (events.isEmpty() && properties.isEmpty()) {
      throw fields.problem("properties", "there is nothing to rename; write old: new, one a line.");
    }
    for (Map.Entry<String, String> pair : events.entrySet()) {
      for (String name : List.of(pair.getKey(), pair.getValue())) {
        if (NAMES_WITH_A_MEANING.contains(name)) {
          throw fields.problem(
              "events",
              "it names "
                  + name
                  + ", which decides whose event this is and cannot be changed;"
                  + " leave it out.");
        }
      }
    }
    for (Map.Entry<String, String> pair : properties.entrySet()) {
      fields.changeable("properties", pair.getKey());
      fields.changeable("properties", pair.getValue());
    }
    return new RenameStep(events, properties);
  }
}
