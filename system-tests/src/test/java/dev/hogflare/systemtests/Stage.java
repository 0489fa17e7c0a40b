// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Where one scenario is played with one SDK: a project of its own, behind a proxy of its own.
 *
 * @param projectKey the project
 * @param proxy stands between the SDK and the gateway
 * @param rows the lake
 * @param sdk the SDK
 * @param scenario the scenario
 */
record Stage(
    String projectKey, FaultProxy proxy, LakeRows rows, PublishedSdk sdk, Scenario scenario) {
  /** A browser gives a request without an answer up after a minute, and tries again then. */
  private static final Duration PATIENCE = Duration.ofSeconds(110);

  Sdk.Expectation expectation() {
    return sdk.expectation(scenario);
  }

  boolean joinsAnonymousUsers() {
    return sdk.joinsAnonymousUsers();
  }

  /** Returns the rows of an event that are there now. */
  List<JsonNode> events(String name) {
    return rows.events(projectKey, name);
  }

  /** Returns the persons that are there now. */
  List<JsonNode> persons() {
    return rows.persons(projectKey);
  }

  /** Waits for the one row of an event. */
  JsonNode event(String name) {
    List<JsonNode> found = await(name, 1);
    assertThat(found).as("%s in %s", name, this).hasSize(1);
    return found.get(0);
  }

  /** Waits for the rows of an event, which are numbered by their property {@code n}. */
  void items(String name, int count) {
    assertThat(await(name, count))
        .as("%s in %s", name, this)
        .extracting(row -> row.at("/properties/n").asInt())
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, count).boxed().toList());
  }

  private List<JsonNode> await(String name, int count) {
    return Await.value(() -> events(name), found -> found.size() >= count, PATIENCE);
  }

  /** Waits until two ids are known to be one person's. */
  void awaitOnePerson(String id, String other) {
    Await.until(id + " and " + other + " are one", () -> rows.areOne(projectKey, id, other));
  }

  /** Waits until the person of an event is so. */
  void awaitPerson(
      JsonNode event, Set<String> ids, Map<String, String> properties, Set<String> absent) {
    List<JsonNode> found =
        Await.value(
            () ->
                persons().stream()
                    .filter(person -> person.path("person_id").equals(event.path("person_id")))
                    .toList(),
            persons ->
                persons.size() == 1
                    && idsOf(persons.get(0)).equals(ids)
                    && has(persons.get(0), properties, absent),
            PATIENCE);
    assertThat(found).as("the person of %s in %s", event, this).hasSize(1);
    JsonNode person = found.get(0);
    assertThat(idsOf(person)).as("%s in %s", person, this).isEqualTo(ids);
    assertThat(has(person, properties, absent)).as("%s in %s", person, this).isTrue();
  }

  private static Set<String> idsOf(JsonNode person) {
    Set<String> ids = new HashSet<>();
    person.path("distinct_ids").forEach(id -> ids.add(id.asText()));
    return ids;
  }

  private static boolean has(JsonNode person, Map<String, String> properties, Set<String> absent) {
    JsonNode all = person.path("properties");
    return properties.entrySet().stream()
            .allMatch(property -> all.path(property.getKey()).asText().equals(property.getValue()))
        && absent.stream().noneMatch(all::has);
  }

  @Override
  public String toString() {
    return projectKey + ", where there are " + rows.events(projectKey);
  }
}
