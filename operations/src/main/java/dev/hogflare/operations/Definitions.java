// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.operations;

import dev.hogflare.contract.Definition;
import dev.hogflare.contract.DefinitionKey;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.KafkaSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads what is known of the names of events and properties. */
public final class Definitions {
  private final TopicReader reader;
  private final Topics topics;

  /** Creates a reader of a deployment's definitions. */
  public Definitions(KafkaSettings kafka, Topics topics) {
    reader = new TopicReader(kafka);
    this.topics = topics;
  }

  /**
   * Returns all definitions, in no particular order.
   *
   * @throws OperationFailedException if Kafka stops answering, or a newer version wrote the topic
   */
  public List<Definition> all() {
    Map<DefinitionKey, Definition> latest = new HashMap<>();
    try {
      reader.all(
          topics.definitions().name(),
          record -> {
            if (record.value() == null) {
              latest.remove(DefinitionKey.fromBytes(record.key()));
            } else {
              Definition definition = Definition.fromRecord(record.key(), record.value());
              latest.put(definition.key(), definition);
            }
          });
    } catch (MalformedRecordException e) {
      throw new OperationFailedException(
          "The topic "
              + topics.definitions().name()
              + " holds a record that cannot be read: "
              + e.getMessage(),
          e);
    }
    return new ArrayList<>(latest.values());
  }
}
