// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;

/** What is stored about one group of a request. */
public sealed interface GroupState {
  /**
   * The group exists.
   *
   * @param properties its properties; not changed after this
   */
  record Known(Map<String, JsonNode> properties) implements GroupState {}

  /** Nothing is stored: evaluated as a group without properties. */
  record Unknown() implements GroupState {}

  /**
   * The store cannot be asked at the moment: flags that need it fail.
   *
   * @param reason one sentence
   */
  record Unreachable(String reason) implements GroupState {}
}
