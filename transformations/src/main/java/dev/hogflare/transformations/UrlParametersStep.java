// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hogflare.contract.JsonBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Copies parameters of a URL's query into properties of the event, and of its person if wanted; one
 * that is there several times as a JSON list in a text, as PostHog does.
 *
 * @param from the property that holds the URL
 * @param parameters the names of the parameters
 * @param prefix what the properties' names begin with
 * @param suffix what they end with
 * @param ignoreCase whether the case of parameters matters
 * @param set whether the person gets them
 * @param setOnce whether the person gets the first ones, as {@code initial_…}
 */
record UrlParametersStep(
    String from,
    List<String> parameters,
    String prefix,
    String suffix,
    boolean ignoreCase,
    boolean set,
    boolean setOnce)
    implements Step {

  /** One parameter of a query. */
  private record Pair(String name, String value) {}

  @Override
  public void apply(Draft draft) {
    String url = draft.properties().text(from);
    List<Pair> pairs = url == null ? List.of() : pairs(url);
    if (pairs.isEmpty()) {
      return;
    }
    for (String parameter : parameters) {
      List<String> values = new ArrayList<>(1);
      for (Pair pair : pairs) {
        if (pair.name().equals(ignoreCase ? parameter.toLowerCase(Locale.ROOT) : parameter)) {
          values.add(pair.value());
        }
      }
      if (!values.isEmpty()) {
        String name = prefix + parameter + suffix;
        String value = values.size() == 1 ? values.getFirst() : list(values);
        draft.properties().put(name, value);
        if (set) {
          put(draft.properties(), "$set", name, value);
        }
        if (setOnce) {
          put(draft.properties(), "$set_once", "initial_" + name, value);
        }
      }
    }
  }

  private List<Pair> pairs(String url) {
    int fragment = url.indexOf('#');
    String whole = fragment < 0 ? url : url.substring(0, fragment);
    int question = whole.indexOf('?');
    if (question < 0 || question == whole.length() - 1) {
      return List.of();
    }
    List<Pair> pairs = new ArrayList<>();
    for (String pair : whole.substring(question + 1).split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = UrlText.decoded(equals < 0 ? pair : pair.substring(0, equals));
      if (!pair.isEmpty()) {
        pairs.add(
            new Pair(
                ignoreCase ? name.toLowerCase(Locale.ROOT) : name,
                equals < 0 ? "" : UrlText.decoded(pair.substring(equals + 1))));
      }
    }
    return pairs;
  }

  private static String list(List<String> values) {
    JsonBuffer out = new JsonBuffer(128).openArray();
    values.forEach(value -> out.separate().string(value));
    return new String(out.closeArray().toBytes(), StandardCharsets.UTF_8);
  }

  private static void put(JsonObject properties, String object, String name, String value) {
    ObjectNode all =
        properties.node(object) instanceof ObjectNode known
            ? known
            : JsonNodeFactory.instance.objectNode();
    properties.put(object, all.put(name, value));
  }
}
