// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.operations;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.Stage;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * Which dead letters are meant; what is not given matches any.
 *
 * @param stage the stage that gave up
 * @param code the kind of failure
 * @param token the project
 * @param id the one letter
 * @param since letters written at this time or later, in milliseconds since the epoch
 */
public record LetterFilter(
    Optional<String> stage,
    Optional<String> code,
    Optional<String> token,
    Optional<Letter.Id> id,
    OptionalLong since) {
  /** Matches every letter. */
  public static final LetterFilter ALL =
      new LetterFilter(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          OptionalLong.empty());

  /**
   * Checks that stage and code are known ones, so that a slip of the pen does not match nothing.
   *
   * @throws IllegalArgumentException if they are not
   */
  public LetterFilter {
    stage.ifPresent(
        text -> requireKnown("stage", text, Arrays.stream(Stage.values()).map(Stage::text)));
    code.ifPresent(
        text -> requireKnown("code", text, Arrays.stream(ErrorCode.values()).map(ErrorCode::text)));
  }

  private static void requireKnown(String what, String text, Stream<String> known) {
    List<String> names = known.toList();
    if (!names.contains(text)) {
      throw new IllegalArgumentException(
          "There is no " + what + " '" + text + "'; give one of " + String.join(", ", names) + ".");
    }
  }

  /**
   * Reads {@code name=value,name=value} with the names stage, code, token and id.
   *
   * @throws IllegalArgumentException if the text is anything else
   */
  public static LetterFilter parse(String text) {
    LetterFilter filter = ALL;
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      String name = equals < 0 ? part.strip() : part.substring(0, equals).strip();
      String value = equals < 0 ? "" : part.substring(equals + 1).strip();
      if (value.isEmpty()) {
        throw new IllegalArgumentException(
            "'" + part + "' is no condition; write name=value, such as stage=person.");
      }
      filter =
          switch (name) {
            case "stage" -> filter.withStage(value);
            case "code" -> filter.withCode(value);
            case "token" -> filter.withToken(value);
            case "id" -> filter.withId(Letter.Id.parse(value));
            default ->
                throw new IllegalArgumentException(
                    "Letters have no '" + name + "'; the names are stage, code, token and id.");
          };
    }
    return filter;
  }

  /** Returns the same with a stage. */
  public LetterFilter withStage(String newStage) {
    return new LetterFilter(Optional.of(newStage), code, token, id, since);
  }

  /** Returns the same with a code. */
  public LetterFilter withCode(String newCode) {
    return new LetterFilter(stage, Optional.of(newCode), token, id, since);
  }

  /** Returns the same with a project. */
  public LetterFilter withToken(String newToken) {
    return new LetterFilter(stage, code, Optional.of(newToken), id, since);
  }

  /** Returns the same for one letter. */
  public LetterFilter withId(Letter.Id newId) {
    return new LetterFilter(stage, code, token, Optional.of(newId), since);
  }

  /** Returns the same from a time on. */
  public LetterFilter withSince(long millis) {
    return new LetterFilter(stage, code, token, id, OptionalLong.of(millis));
  }

  /** Whether a letter is meant. */
  boolean matches(Letter letter) {
    return stage.map(letter.stage()::equals).orElse(true)
        && code.map(letter.code()::equals).orElse(true)
        && token.map(letter.token()::equals).orElse(true)
        && id.map(letter.id()::equals).orElse(true)
        && letter.time() >= since.orElse(Long.MIN_VALUE);
  }
}
