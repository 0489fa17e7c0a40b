// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * A compose file as Compose understands it: anchors and merges followed, variables replaced by
 * their defaults.
 */
final class ComposeFile {
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z0-9_]+):-([^}]*)}");

  private final Map<String, Service> services = new LinkedHashMap<>();
  private final Set<String> volumes;
  private final Set<String> variables = new TreeSet<>();

  /**
   * A service.
   *
   * @param name its name, under which the others reach it
   * @param image its image
   * @param command its command, or nothing
   * @param environment its variables
   * @param ports what it publishes, as {@code address:port:port}
   * @param volumes what it mounts, as {@code name:path}
   * @param dependencies the services that come first, with the condition
   * @param healthcheck the words of its health check
   */
  record Service(
      String name,
      String image,
      List<String> command,
      Map<String, String> environment,
      List<String> ports,
      List<String> volumes,
      Map<String, String> dependencies,
      List<String> healthcheck) {}

  private ComposeFile(Map<String, Object> root) {
    map(root.get("services"))
        .forEach((name, service) -> services.put(name, service(name, map(service))));
    volumes = map(root.get("volumes")).keySet();
  }

  static ComposeFile read(Path file) {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    try {
      return new ComposeFile(
          map(new Yaml(new SafeConstructor(options)).load(Files.readString(file))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Map<String, Service> services() {
    return services;
  }

  Set<String> volumes() {
    return volumes;
  }

  /** Returns the variables that the file takes from the shell. */
  Set<String> variables() {
    return variables;
  }

  private Service service(String name, Map<String, Object> raw) {
    Map<String, String> environment = new LinkedHashMap<>();
    map(raw.get("environment")).forEach((key, value) -> environment.put(key, text(value)));
    Map<String, String> dependencies = new LinkedHashMap<>();
    map(raw.get("depends_on"))
        .forEach((key, value) -> dependencies.put(key, text(map(value).get("condition"))));
    return new Service(
        name,
        text(raw.get("image")),
        list(raw.get("command")),
        environment,
        list(raw.get("ports")),
        list(raw.get("volumes")),
        dependencies,
        list(map(raw.get("healthcheck")).get("test")));
  }

  private List<String> list(Object value) {
    return value == null ? List.of() : ((List<?>) value).stream().map(this::text).toList();
  }

  private String text(Object value) {
    Matcher matcher = VARIABLE.matcher(String.valueOf(value));
    return matcher.replaceAll(
        (MatchResult match) -> {
          variables.add(match.group(1));
          return Matcher.quoteReplacement(match.group(2));
        });
  }

  private static Map<String, Object> map(Object value) {
    Map<String, Object> map = new LinkedHashMap<>();
    if (value != null) {
      ((Map<?, ?>) value).forEach((key, entry) -> map.put(String.valueOf(key), entry));
    }
    return map;
  }
}
