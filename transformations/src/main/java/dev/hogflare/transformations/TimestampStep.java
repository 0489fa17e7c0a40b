// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.Rfc3339;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.List;

/**
 * Splits a time into properties, under the names that PostHog gives them: {@code day_of_the_week},
 * {@code day}, {@code month}, {@code year}, {@code hour}, {@code minute}.
 *
 * @param property the property that holds the time, or null for that of the event
 * @param prefix what the properties' names begin with
 * @param zone where it is that time
 */
record TimestampStep(String property, String prefix, ZoneId zone) implements Step {
  /** A larger number counts milliseconds, a smaller one seconds, as in PostHog. */
  private static final double MOST_SECONDS = 999_999_999_999.0;

  private static final List<String> DAYS =
      List.of("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday");

  @Override
  public void apply(Draft draft) throws StepFailedException {
    Instant time = property == null ? draft.time() : timeOrNull(draft.properties());
    if (time == null) {
      return;
    }
    ZonedDateTime local = time.atZone(zone);
    JsonObject properties = draft.properties();
    properties.put(prefix + "day_of_the_week", DAYS.get(local.getDayOfWeek().ordinal()));
    properties.put(prefix + "day", local.getDayOfMonth());
    properties.put(prefix + "month", local.getMonthValue());
    properties.put(prefix + "year", local.getYear());
    properties.put(prefix + "hour", local.getHour());
    properties.put(prefix + "minute", local.getMinute());
  }

  private Instant timeOrNull(JsonObject properties) throws StepFailedException {
    JsonNode value = properties.node(property);
    if (value == null || value.isNull()) {
      return null;
    }
    if (value.isNumber() && Math.abs(value.doubleValue()) < 1e15) {
      double number = value.doubleValue();
      return Instant.ofEpochMilli(Math.round(number > MOST_SECONDS ? number : number * 1_000));
    }
    Long micros = value.isTextual() ? Rfc3339.parseOrNull(value.textValue()) : null;
    if (micros == null) {
      throw new StepFailedException(property + " holds no time");
    }
    return Instant.ofEpochMilli(Math.floorDiv(micros, 1_000L));
  }
}
