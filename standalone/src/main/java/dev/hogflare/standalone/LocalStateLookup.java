// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.GroupKey;
import dev.hogflare.flags.StateLookup;
import dev.hogflare.group.GroupAnswer;
import dev.hogflare.group.GroupLookup;
import dev.hogflare.person.PersonLookup;
import java.util.function.Supplier;

/**
 * Asks the processors of this process for the state that flags depend on: those of the generation
 * that is live when the question comes.
 */
final class LocalStateLookup implements StateLookup {
  private final Supplier<PersonLookup> persons;
  private final Supplier<GroupLookup> groups;

  LocalStateLookup(Supplier<PersonLookup> persons, Supplier<GroupLookup> groups) {
    this.persons = persons;
    this.groups = groups;
  }

  @Override
  public Answer person(String token, String distinctId) {
    return switch (persons.get().find(token, distinctId)) {
      case PersonLookup.Answer.Found found -> new Answer.Found(found.json());
      case PersonLookup.Answer.Unavailable unavailable ->
          new Answer.Unavailable(unavailable.reason());
    };
  }

  @Override
  public Answer group(String token, String type, String key) {
    return switch (groups.get().find(new GroupKey(token, type, key))) {
      case GroupAnswer.Found found -> new Answer.Found(found.json());
      case GroupAnswer.Unknown unknown -> new Answer.Unknown();
      case GroupAnswer.Unavailable unavailable -> new Answer.Unavailable(unavailable.reason());
    };
  }
}
