// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hogflare.contract.DistinctIds;
import dev.hogflare.contract.FlagRecordKey;
import dev.hogflare.flags.EvaluationRequest;
import dev.hogflare.flags.Evaluations;
import dev.hogflare.flags.FlagCheck;
import dev.hogflare.flags.FlagDocumentException;
import dev.hogflare.flags.FlagPayload;
import dev.hogflare.flags.FlagProblem;
import dev.hogflare.flags.FlagResult;
import dev.hogflare.flags.FlagSet;
import dev.hogflare.flags.FlagStore;
import dev.hogflare.flags.FlagsService;
import dev.hogflare.flags.RequestRuntime;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.TopicProvisioner;
import dev.hogflare.runtime.Variable;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code flags}: keeps feature flags, tries them, and tells why one has its value. */
@Command(
    name = "flags",
    description = "Keep, check and explain feature flags.",
    synopsisSubcommandLabel = "<command>",
    sortOptions = false)
final class FlagsCommand implements Runnable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @Spec private CommandSpec spec;

  /** Returns the commands below this one, for a shell. */
  static List<Object> subcommands(Shell shell) {
    return List.of(
        new Put(shell),
        new ListAll(shell),
        new Delete(shell),
        new Validate(shell),
        new Try(shell),
        new Explain(shell));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  /** Returns where a cluster keeps its flags. */
  private static FlagStore store(Shell shell, Cluster cluster) {
    Settings settings = new Settings(shell.environment());
    int replicas =
        cluster.data().isPresent()
            ? 1
            : settings.wholeNumber(Variable.HOGFLARE_REPLICATION_FACTOR, 1, 10);
    settings.check();
    new TopicProvisioner(cluster.kafka(), PATIENCE)
        .ensure(FlagsService.topics(cluster.topics()), 1, replicas);
    return new FlagStore(cluster.kafka(), cluster.topics());
  }

  /** {@code flags put}. */
  @Command(
      name = "put",
      description = "Store the flags of a document; those that are stored already are replaced.",
      sortOptions = false)
  static final class Put implements Callable<Integer> {
    private final Shell shell;

    @Parameters(paramLabel = "<file>", description = "JSON document of flags; - reads the input.")
    private String file;

    @Option(
        names = "--token",
        paramLabel = "<project key>",
        defaultValue = "",
        description = "The only project that sees them (default: all projects).")
    private String token;

    @Mixin private ClusterOption cluster;

    Put(Shell shell) {
      this.shell = shell;
    }

    @Override
    public Integer call() {
      byte[] document = document(shell, file);
      FlagSet flags = read(document);
      List<FlagProblem> errors =
          flags.problems().stream()
              .filter(problem -> problem.severity() == FlagProblem.Severity.ERROR)
              .toList();
      if (!errors.isEmpty()) {
        errors.forEach(problem -> shell.console().warn(problem.toString()));
        shell.console().warn("Nothing is stored; mend these first.");
        return CommandException.FAILED;
      }
      flags.problems().forEach(problem -> shell.console().warn(problem.toString()));
      try (Cluster open = cluster.open(shell)) {
        Map<FlagRecordKey, byte[]> records = FlagCheck.records(document, token);
        store(shell, open).put(records);
        long count = records.keySet().stream().filter(key -> !key.isSettings()).count();
        shell.console().say("Stored " + Words.count(count, "flag") + "; in force within a second.");
      } catch (FlagDocumentException e) {
        throw new CommandException(CommandException.FAILED, e.getMessage(), e);
      }
      return 0;
    }
  }

  /** {@code flags list}. */
  @Command(name = "list", description = "List the stored flags.", sortOptions = false)
  static final class ListAll implements Callable<Integer> {
    private static final List<String> HEADS = List.of("project", "flag", "active", "format");
    private final Shell shell;

    @Option(names = "--json", description = "Write the stored records as JSON.")
    private boolean json;

    @Mixin private ClusterOption cluster;

    ListAll(Shell shell) {
      this.shell = shell;
    }

    @Override
    public Integer call() {
      Map<FlagRecordKey, byte[]> all;
      try (Cluster open = cluster.open(shell)) {
        all = store(shell, open).all();
      }
      if (json) {
        ArrayNode list = JSON.createArrayNode();
        all.forEach(
            (key, value) ->
                list.addObject()
                    .put("project", key.token())
                    .put("flag", key.flag())
                    .set("definition", tree(value)));
        shell.console().say(list.toString());
        return 0;
      }
      if (all.isEmpty()) {
        shell.console().say("No flags are stored; store some with 'hogflare flags put <file>'.");
        return 0;
      }
      TextTable table = new TextTable(HEADS, Set.of());
      all.forEach(
          (key, value) -> {
            JsonNode definition = tree(value);
            table.row(
                key.token().isEmpty() ? "(all)" : key.token(),
                key.isSettings() ? "(settings)" : key.flag(),
                key.isSettings() ? "" : Words.yesOrNo(definition.path("active").asBoolean(true)),
                key.isSettings() ? "" : definition.has("filters") ? "official" : "hogflare");
          });
      table.lines().forEach(shell.console()::say);
      return 0;
    }
  }

  /** {@code flags delete}. */
  @Command(name = "delete", description = "Delete stored flags.", sortOptions = false)
  static final class Delete implements Callable<Integer> {
    private final Shell shell;

    @Parameters(paramLabel = "<flag>", arity = "1..*", description = "Keys of flags.")
    private List<String> keys;

    @Option(
        names = "--token",
        paramLabel = "<project key>",
        defaultValue = "",
        description = "The project that they are stored for (default: all projects).")
    private String token;

    @Mixin private ClusterOption cluster;

    Delete(Shell shell) {
      this.shell = shell;
    }

    @Override
    public Integer call() {
      try (Cluster open = cluster.open(shell)) {
        return delete(store(shell, open));
      }
    }

    private int delete(FlagStore store) {
      Set<FlagRecordKey> stored = store.all().keySet();
      Map<FlagRecordKey, byte[]> deleted = new LinkedHashMap<>();
      for (String key : keys) {
        FlagRecordKey record = new FlagRecordKey(token, key);
        if (!stored.contains(record)) {
          throw new CommandException(
              CommandException.FAILED,
              "There is no stored flag "
                  + key
                  + (token.isEmpty() ? " for all projects" : " for the project " + token)
                  + "; nothing is deleted. 'hogflare flags list' shows what is stored.");
        }
        deleted.put(record, null);
      }
      store.put(deleted);
      shell.console().say("Deleted " + Words.count(deleted.size(), "flag") + ".");
      return 0;
    }
  }

  /** {@code flags validate}. */
  @Command(
      name = "validate",
      description = "Check a document of flags.",
      sortOptions = false,
      exitCodeListHeading = "%nExit status:%n",
      exitCodeList = {"0:every flag can be evaluated", "1:some cannot, or it cannot be read"})
  static final class Validate implements Callable<Integer> {
    private final Shell shell;

    @Parameters(paramLabel = "<file>", description = "JSON document of flags; - reads the input.")
    private String file;

    @Option(names = "--json", description = "Write the findings as JSON.")
    private boolean json;

    Validate(Shell shell) {
      this.shell = shell;
    }

    @Override
    public Integer call() {
      FlagSet flags = read(document(shell, file));
      boolean broken = false;
      ArrayNode list = JSON.createArrayNode();
      for (FlagProblem problem : flags.problems()) {
        broken |= problem.severity() == FlagProblem.Severity.ERROR;
        list.addObject()
            .put("severity", problem.severity().name().toLowerCase(Locale.ROOT))
            .put("flag", problem.flag())
            .put("field", problem.field())
            .put("sentence", problem.sentence());
        if (!json) {
          shell.console().warn(problem.toString());
        }
      }
      if (json) {
        shell.console().say(list.toString());
      } else if (!broken) {
        shell
            .console()
            .say(
                "Every flag can be evaluated"
                    + (flags.problems().isEmpty()
                        ? "."
                        : ", with " + Words.count(flags.problems().size(), "warning") + "."));
      }
      return broken ? CommandException.FAILED : 0;
    }
  }

  /** {@code flags test}. */
  @Command(
      name = "test",
      description = "Evaluate a document of flags for an id, without anything stored.",
      sortOptions = false)
  static final class Try implements Callable<Integer> {
    private static final List<String> HEADS = List.of("flag", "value", "reason", "payload");
    private final Shell shell;

    @Parameters(paramLabel = "<file>", description = "JSON document of flags; - reads the input.")
    private String file;

    @Option(
        names = "--distinct-id",
        paramLabel = "<id>",
        required = true,
        description = "The id to evaluate for.")
    private String distinctId;

    @Option(
        names = "--token",
        paramLabel = "<project key>",
        defaultValue = "",
        description = "The project whose flags to evaluate.")
    private String token;

    @Option(
        names = "--properties",
        paramLabel = "<json>",
        defaultValue = "{}",
        description = "Properties of the person.")
    private String properties;

    @Option(
        names = "--group",
        paramLabel = "<type=key>",
        description = "A group of the request; may be given several times.")
    private Map<String, String> groups = new LinkedHashMap<>();

    @Option(
        names = "--group-properties",
        paramLabel = "<json>",
        defaultValue = "{}",
        description = "Properties of groups: {\"company\": {…}}.")
    private String groupProperties;

    @Option(names = "--json", description = "Write the values as JSON.")
    private boolean json;

    Try(Shell shell) {
      this.shell = shell;
    }

    @Override
    public Integer call() {
      FlagSet flags = read(document(shell, file));
      Map<String, Map<String, JsonNode>> ofGroups = new HashMap<>();
      object("--group-properties", groupProperties)
          .properties()
          .forEach(type -> ofGroups.put(type.getKey(), members(type.getValue())));
      Evaluations evaluations =
          FlagCheck.evaluate(
              flags,
              new EvaluationRequest(
                  token,
                  DistinctIds.normalize(distinctId),
                  Optional.empty(),
                  Optional.empty(),
                  members(object("--properties", properties)),
                  false,
                  groups,
                  ofGroups,
                  Optional.empty(),
                  false,
                  Optional.empty(),
                  RequestRuntime.ALL,
                  Instant.now()));
      ObjectNode values = JSON.createObjectNode();
      TextTable table = new TextTable(HEADS, Set.of());
      for (FlagResult result : evaluations.results()) {
        String payload = result.payload().map(FlagPayload::text).orElse("");
        values
            .putObject(result.key())
            .put("value", FlagCheck.value(result))
            .put("reason", result.reason().code())
            .put("payload", payload);
        table.row(result.key(), FlagCheck.value(result), result.reason().description(), payload);
      }
      if (json) {
        shell.console().say(values.toString());
      } else {
        table.lines().forEach(shell.console()::say);
        flags.problems().forEach(problem -> shell.console().warn(problem.toString()));
      }
      return evaluations.errors() ? CommandException.FAILED : 0;
    }
  }

  /** {@code flags explain}. */
  @Command(
      name = "explain",
      description = "Tell how flags come to their values for a person, from what is stored now.",
      sortOptions = false)
  static final class Explain implements Callable<Integer> {
    private final Shell shell;

    @Option(
        names = "--token",
        paramLabel = "<project key>",
        required = true,
        description = "The project.")
    private String token;

    @Option(
        names = "--distinct-id",
        paramLabel = "<id>",
        required = true,
        description = "The id that asks.")
    private String distinctId;

    @Option(
        names = "--flag",
        paramLabel = "<key>",
        description = "The only flag to explain (default: all of the project).")
    private String flag;

    @Option(
        names = "--group",
        paramLabel = "<type=key>",
        description = "A group of the request; may be given several times.")
    private Map<String, String> groups = new LinkedHashMap<>();

    @Option(
        names = "--admin",
        paramLabel = "<url>",
        description =
            "Admin endpoint of a flags-service (default: that of the process on the data folder).")
    private String admin;

    @Option(names = "--json", description = "Write the explanation as JSON.")
    private boolean json;

    @Mixin private DataOption data;

    Explain(Shell shell) {
      this.shell = shell;
    }

    @Override
    public Integer call() {
      String base = admin == null ? RunningPipeline.find(shell.data(data.path())).admin() : admin;
      StringBuilder url =
          new StringBuilder(base)
              .append("/flags/explain?token=")
              .append(encoded(token))
              .append("&distinct_id=")
              .append(encoded(distinctId));
      if (flag != null) {
        url.append("&flag=").append(encoded(flag));
      }
      groups.forEach((type, key) -> url.append("&group=").append(encoded(type + ":" + key)));
      JsonNode answer = ask(url.toString());
      if (json) {
        shell.console().say(answer.toString());
        return 0;
      }
      if (answer.path("flags").isEmpty()) {
        shell.console().say("This project has no flags.");
      }
      answer.path("flags").forEach(this::say);
      answer.path("problems").forEach(problem -> shell.console().warn(problem.asText()));
      return 0;
    }

    private void say(JsonNode explained) {
      Console console = shell.console();
      console.say(
          explained.path("key").asText()
              + " = "
              + explained.path("value").asText()
              + "   "
              + explained.path("description").asText());
      if (!explained.path("hashed_id").asText().isEmpty()) {
        console.say("  hashed id: " + explained.path("hashed_id").asText());
      }
      for (JsonNode step : explained.path("steps")) {
        String bucket =
            step.has("bucket")
                ? ", bucket "
                    + step.path("bucket").asText()
                    + (step.has("rollout") ? " of " + step.path("rollout").asText() + " %" : "")
                : "";
        console.say(
            "  "
                + (step.path("matched").asBoolean() ? "+ " : "- ")
                + step.path("name").asText()
                + ": "
                + step.path("sentence").asText().replaceFirst("[.]$", "")
                + bucket);
        for (JsonNode filter : step.path("filters")) {
          console.say(
              "      "
                  + (filter.path("matched").asBoolean() ? "+ " : "- ")
                  + filter.path("filter").asText()
                  + "   (it is "
                  + filter.path("actual").asText()
                  + ")");
        }
      }
      console.say("");
    }

    private static JsonNode ask(String url) {
      try (HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
        HttpResponse<byte[]> answer =
            client.send(
                HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE).build(),
                HttpResponse.BodyHandlers.ofByteArray());
        JsonNode body = tree(answer.body());
        if (answer.statusCode() == 200) {
          return body;
        }
        throw new CommandException(
            CommandException.FAILED,
            body.path("error").asText("The flags-service answered " + answer.statusCode() + "."));
      } catch (IOException | IllegalArgumentException e) {
        throw new CommandException(
            CommandException.FAILED,
            "The flags-service does not answer at "
                + url
                + " ("
                + e
                + "); see 'hogflare status', or name it with --admin.",
            e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CommandException(CommandException.FAILED, "Interrupted.", e);
      }
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static byte[] document(Shell shell, String file) {
    try {
      return file.equals("-")
          ? System.in.readAllBytes()
          : Files.readAllBytes(shell.directory().resolve(Path.of(file)));
    } catch (IOException e) {
      throw new CommandException(
          CommandException.FAILED,
          "The file " + file + " cannot be read (" + e + "); name a JSON document of flags.",
          e);
    }
  }

  private static FlagSet read(byte[] document) {
    try {
      return FlagCheck.read(document);
    } catch (FlagDocumentException e) {
      throw new CommandException(CommandException.FAILED, e.getMessage(), e);
    }
  }

  private static JsonNode object(String option, String text) {
    try {
      JsonNode node = JSON.readTree(text);
      if (node != null && node.isObject()) {
        return node;
      }
    } catch (JsonProcessingException e) {
      throw new CommandException(
          CommandException.USAGE, option + " is not JSON (" + e.getOriginalMessage() + ").", e);
    }
    throw new CommandException(CommandException.USAGE, option + " must be a JSON object.");
  }

  private static Map<String, JsonNode> members(JsonNode object) {
    Map<String, JsonNode> members = new HashMap<>();
    object.properties().forEach(member -> members.put(member.getKey(), member.getValue()));
    return members;
  }

  private static JsonNode tree(byte[] json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new CommandException(
          CommandException.FAILED, "What is stored or was answered is not JSON (" + e + ").", e);
    }
  }
}
