// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.JsonBuffer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * Says of a span what PostHog's events of models say, after OpenTelemetry's conventions for
 * generative AI.
 */
final class AiSpan {
  private static final String OPERATION = "gen_ai.operation.name";
  private static final String[] MODELS = {"gen_ai.response.model", "gen_ai.request.model"};

  /** The properties, each with the attributes that it is taken from, in the order of preference. */
  private static final String[][] PROPERTIES = {
    {"$ai_model", "gen_ai.response.model", "gen_ai.request.model"},
    {"$ai_provider", "gen_ai.provider.name", "gen_ai.system"},
    {"$ai_input_tokens", "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"},
    {"$ai_output_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"},
    {"$ai_input", "gen_ai.input.messages", "gen_ai.prompt"},
    {"$ai_output_choices", "gen_ai.output.messages", "gen_ai.completion"},
    {"$ai_session_id", "gen_ai.conversation.id"},
  };

  private final OtlpValues values;
  private final JsonMembers members;
  private final OtlpValues.Attributes attributes;

  AiSpan(OtlpValues values, JsonMembers members, OtlpValues.Attributes attributes) {
    this.values = values;
    this.members = members;
    this.attributes = attributes;
  }

  /**
   * Returns the name of the event that the span is: a call of a model, an embedding, or the whole
   * or a part of a trace around them.
   */
  String event() throws MalformedJsonException {
    String operation = values.firstTextOrNull(attributes, OPERATION);
    switch (operation == null ? "" : operation) {
      case "chat", "completion", "text_completion", "generate_content" -> {
        return "$ai_generation";
      }
      case "embeddings", "embedding" -> {
        return "$ai_embedding";
      }
      default -> {
        // The other attributes tell.
      }
    }
    if (operation == null && values.firstTextOrNull(attributes, MODELS) != null) {
      return "$ai_generation";
    }
    return parentOrNull() == null ? "$ai_trace" : "$ai_span";
  }

  private String parentOrNull() {
    String parent = members.textOrNull("parentSpanId");
    return parent == null || parent.isBlank() ? null : parent;
  }

  /**
   * Writes the properties.
   *
   * @param names takes the names of those that are written
   */
  void write(JsonBuffer out, Set<String> names) throws MalformedJsonException {
    text("$ai_trace_id", members.textOrNull("traceId"), out, names);
    text("$ai_span_id", members.textOrNull("spanId"), out, names);
    text("$ai_parent_id", parentOrNull(), out, names);
    text("$ai_span_name", members.textOrNull("name"), out, names);
    Long start = values.nanosOrNull(members, "startTimeUnixNano");
    Long end = values.nanosOrNull(members, "endTimeUnixNano");
    if (start != null && end != null && end >= start) {
      names.add("$ai_latency");
      out.name("$ai_latency").raw(seconds(end - start));
    }
    JsonMembers status = values.objectOrNull(members, "status");
    if (status != null && isError(status)) {
      names.add("$ai_is_error");
      out.name("$ai_is_error").bool(true);
      text("$ai_error", status.textOrNull("message"), out, names);
    }
    for (String[] property : PROPERTIES) {
      for (int i = 1; i < property.length; i++) {
        OtlpValues.Slice value = attributes.values().get(property[i]);
        if (value != null && names.add(property[0])) {
          out.name(property[0]);
          values.writeAny(value.from(), value.to(), out);
        }
      }
    }
  }

  private static byte[] seconds(long nanos) {
    return BigDecimal.valueOf(nanos, 9)
        .stripTrailingZeros()
        .toPlainString()
        .getBytes(StandardCharsets.US_ASCII);
  }

  private boolean isError(JsonMembers status) {
    int code = status.find("code");
    return switch (status.kind(code)) {
      case '2' -> status.to(code) - status.from(code) == 1;
      case '"' -> "STATUS_CODE_ERROR".equals(status.textOrNull("code"));
      default -> false;
    };
  }

  private static void text(String name, String value, JsonBuffer out, Set<String> names) {
    if (value != null && names.add(name)) {
      out.name(name).string(value);
    }
  }
}
