// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hogflare.contract.Definition;
import dev.hogflare.contract.DefinitionKey.Kind;
import dev.hogflare.contract.Rfc3339;
import dev.hogflare.contract.ValueType;
import dev.hogflare.operations.Definitions;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code definitions}: lists the names of events and properties that came in. */
@Command(
    name = "definitions",
    description = {
      "List which events and properties came in, how often, since when and of which type, whether"
          + " 'up' runs or not, for example",
      "  hogflare definitions",
      "  hogflare definitions --event 'signed up'",
      "  hogflare definitions --promote"
    },
    sortOptions = false)
final class DefinitionsCommand implements Runnable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LONGEST_NAME = 60;
  private static final List<String> HEADS =
      List.of("kind", "of", "name", "type", "seen", "other types", "first seen", "last seen");

  private final Shell shell;

  @Option(names = "--token", paramLabel = "<project key>", description = "Only of this project.")
  private String token;

  @Option(
      names = "--event",
      paramLabel = "<name>",
      description = "The properties of the events of this name.")
  private String event;

  @Option(
      names = "--kind",
      paramLabel = "<kind>",
      description =
          "Only event, event_property, person_property, group_property or events_property (a"
              + " property on one event).")
  private String kind;

  @Option(
      names = "--type",
      paramLabel = "<type>",
      description = "Only properties of the type String, Numeric, Boolean or DateTime.")
  private String type;

  @Option(
      names = "--promote",
      description =
          "Suggest which properties should be columns of their own: the most used ones that are"
              + " none.")
  private boolean promote;

  @Option(
      names = "--format",
      paramLabel = "table|json|csv",
      defaultValue = "table",
      description = "Form of the answer (default: ${DEFAULT-VALUE}).")
  private Format format;

  @Mixin private ClusterOption cluster;

  /** The forms of an answer. */
  enum Format {
    TABLE,
    JSON,
    CSV
  }

  DefinitionsCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    Kind wantedKind = kind();
    ValueType wantedType = type();
    List<Definition> all;
    try (Cluster kafka = cluster.open(shell)) {
      all = new Definitions(kafka.kafka(), kafka.topics()).all();
    }
    if (token != null) {
      all.removeIf(definition -> !definition.key().token().equals(token));
    }
    if (promote) {
      suggest(all);
      return;
    }
    List<Definition> shown =
        all.stream()
            .filter(definition -> isWanted(definition, wantedKind))
            .filter(
                definition ->
                    wantedType == null || definition.type().filter(wantedType::equals).isPresent())
            .sorted(
                Comparator.comparing((Definition definition) -> definition.key().token())
                    .thenComparing(definition -> definition.key().kind())
                    .thenComparing(definition -> definition.key().parent())
                    .thenComparing(Definition::count, Comparator.reverseOrder())
                    .thenComparing(definition -> definition.key().name()))
            .toList();
    switch (format) {
      case TABLE -> table(shown);
      case JSON -> json(shown);
      case CSV -> csv(shown);
    }
  }

  private Kind kind() {
    if (kind == null) {
      return null;
    }
    Kind known = Kind.ofOrNull(kind.toLowerCase(Locale.ROOT));
    if (known == null) {
      throw new CommandException(
          CommandException.USAGE,
          "--kind is '"
              + kind
              + "'; give event, event_property, person_property, group_property or"
              + " events_property.");
    }
    return known;
  }

  private ValueType type() {
    if (type == null) {
      return null;
    }
    for (ValueType known : ValueType.values()) {
      if (known.text().equalsIgnoreCase(type)) {
        return known;
      }
    }
    throw new CommandException(
        CommandException.USAGE,
        "--type is '" + type + "'; give String, Numeric, Boolean or DateTime.");
  }

  private boolean isWanted(Definition definition, Kind wanted) {
    Kind own = definition.key().kind();
    if (event != null) {
      return (own == Kind.EVENTS_PROPERTY && definition.key().parent().equals(event))
          || (own == Kind.EVENT && definition.key().name().equals(event));
    }
    return wanted == null ? own != Kind.EVENTS_PROPERTY : own == wanted;
  }

  private void table(List<Definition> shown) {
    Console console = shell.console();
    if (shown.isEmpty()) {
      console.say(
          "No definitions; they come a few seconds after the first events, while the"
              + " property-catalog runs.");
      return;
    }
    SortedSet<String> tokens = new TreeSet<>();
    shown.forEach(definition -> tokens.add(definition.key().token()));
    for (String project : tokens) {
      if (tokens.size() > 1) {
        console.say((project.equals(tokens.first()) ? "" : "\n") + project);
      }
      TextTable table = new TextTable(HEADS, Set.of(4, 5));
      for (Definition definition : shown) {
        if (definition.key().token().equals(project)) {
          table.row(
              definition.key().kind().text(),
              bounded(definition.key().parent()),
              bounded(definition.key().name()),
              definition.type().map(ValueType::text).orElse(""),
              String.format(Locale.ROOT, "%,d", definition.count()),
              definition.conflicts() == 0
                  ? ""
                  : String.format(Locale.ROOT, "%,d", definition.conflicts()),
              second(definition.firstSeen()),
              second(definition.lastSeen()));
        }
      }
      table.lines().forEach(console::say);
    }
    shown.stream()
        .filter(definition -> definition.key().kind() == Kind.REFUSED)
        .forEach(
            definition ->
                console.warn(
                    definition.key().token()
                        + " has as many names as there is room for; "
                        + String.format(Locale.ROOT, "%,d", definition.count())
                        + " values of further ones are not listed. Look for names that hold"
                        + " values, such as ids."));
  }

  private static String bounded(String text) {
    return DlqListCommand.bounded(text, LONGEST_NAME);
  }

  private static String second(long micros) {
    return TimeText.second(Math.floorDiv(micros, 1_000));
  }

  private void json(List<Definition> shown) {
    ArrayNode list = JSON.createArrayNode();
    for (Definition definition : shown) {
      ObjectNode node =
          list.addObject()
              .put("token", definition.key().token())
              .put("kind", definition.key().kind().text())
              .put("of", definition.key().parent())
              .put("name", definition.key().name())
              .put("type", definition.type().map(ValueType::text).orElse(null))
              .put("seen", definition.count());
      ObjectNode types = node.putObject("types");
      for (ValueType each : ValueType.values()) {
        if (definition.values().of(each) > 0) {
          types.put(each.text(), definition.values().of(each));
        }
      }
      node.put("first_seen", Rfc3339.format(definition.firstSeen()))
          .put("last_seen", Rfc3339.format(definition.lastSeen()));
    }
    shell.console().say(list.toString());
  }

  private void csv(List<Definition> shown) {
    shell.console().say("token,kind,of,name,type,seen,other_types,first_seen,last_seen");
    for (Definition definition : shown) {
      shell
          .console()
          .say(
              List.of(
                      quoted(definition.key().token()),
                      definition.key().kind().text(),
                      quoted(definition.key().parent()),
                      quoted(definition.key().name()),
                      definition.type().map(ValueType::text).orElse(""),
                      Long.toString(definition.count()),
                      Long.toString(definition.conflicts()),
                      Rfc3339.format(definition.firstSeen()),
                      Rfc3339.format(definition.lastSeen()))
                  .stream()
                  .collect(Collectors.joining(",")));
    }
  }

  private static String quoted(String text) {
    boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
    return plain ? text : "\"" + text.replace("\"", "\"\"") + "\"";
  }

  private void suggest(List<Definition> all) {
    String columns = shell.environment().getOrDefault("HOGFLARE_LAKE_COLUMNS", "");
    List<PromotionAdvice.Suggestion> suggestions = PromotionAdvice.of(all, columns);
    Console console = shell.console();
    if (suggestions.isEmpty()) {
      console.say("Every property that is used much has its column.");
      return;
    }
    TextTable table =
        new TextTable(List.of("property", "type", "seen", "of all events", "column"), Set.of(2, 3));
    for (PromotionAdvice.Suggestion suggestion : suggestions) {
      table.row(
          bounded(suggestion.property()),
          suggestion.type().text(),
          String.format(Locale.ROOT, "%,d", suggestion.seen()),
          String.format(Locale.ROOT, "%.1f %%", 100 * suggestion.share()),
          suggestion.entry());
    }
    table.lines().forEach(console::say);
    console.say("");
    console.say("To have them as columns of the lake's events, start it with");
    console.say("");
    console.say("  HOGFLARE_LAKE_COLUMNS='" + PromotionAdvice.setting(columns, suggestions) + "'");
  }
}
