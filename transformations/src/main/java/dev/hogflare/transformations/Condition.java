// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cel.common.CelErrorCode;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.values.NullValue;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An expression in CEL that says whether a step runs on an event.
 *
 * <p>A property that the event does not have makes it false; any other error makes the step fail.
 */
final class Condition {
  private static final CelCompiler COMPILER =
      CelCompilerFactory.standardCelCompilerBuilder()
          .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
          .setResultType(SimpleType.BOOL)
          .addVar("event", SimpleType.STRING)
          .addVar("distinct_id", SimpleType.STRING)
          .addVar("token", SimpleType.STRING)
          .addVar("properties", MapType.create(SimpleType.STRING, SimpleType.DYN))
          .build();

  private static final CelRuntime RUNTIME = CelRuntimeFactory.standardCelRuntimeBuilder().build();

  private final CelRuntime.Program program;

  private Condition(CelRuntime.Program program) {
    this.program = program;
  }

  /**
   * Compiles an expression.
   *
   * @throws IllegalArgumentException if it is none, or is not true or false; the message says why
   */
  static Condition compile(String expression) {
    try {
      return new Condition(RUNTIME.createProgram(COMPILER.compile(expression).getAst()));
    } catch (CelValidationException | CelEvaluationException e) {
      throw new IllegalArgumentException(
          "is no condition: " + e.getMessage().replace('\n', ' ').strip(), e);
    }
  }

  /**
   * Says whether the step runs.
   *
   * @throws StepFailedException if that cannot be computed
   */
  boolean holds(Draft draft) throws StepFailedException {
    try {
      Object result = program.eval(name -> Optional.ofNullable(variable(draft, name)));
      if (result instanceof Boolean holds) {
        return holds;
      }
      throw new StepFailedException("the condition is neither true nor false");
    } catch (CelEvaluationException e) {
      if (e.getErrorCode() == CelErrorCode.ATTRIBUTE_NOT_FOUND) {
        return false;
      }
      throw new StepFailedException(e.getMessage());
    }
  }

  private static Object variable(Draft draft, String name) {
    return switch (name) {
      case "event" -> draft.event();
      case "distinct_id" -> draft.distinctId();
      case "token" -> draft.token();
      case "properties" -> new Properties(draft.properties());
      default -> null;
    };
  }

  /** Returns a value in the form in which CEL knows it. */
  private static Object value(JsonObject properties, String name) {
    String text = properties.text(name);
    return text == null ? value(properties.node(name)) : text;
  }

  private static Object value(JsonNode node) {
    return switch (node.getNodeType()) {
      case STRING -> node.textValue();
      case BOOLEAN -> node.booleanValue();
      case NUMBER ->
          node.isIntegralNumber() && node.canConvertToLong()
              ? (Object) node.longValue()
              : (Object) node.doubleValue();
      case ARRAY -> {
        List<Object> list = new ArrayList<>(node.size());
        node.forEach(item -> list.add(value(item)));
        yield list;
      }
      case OBJECT -> {
        Map<String, Object> map = new LinkedHashMap<>();
        node.properties().forEach(member -> map.put(member.getKey(), value(member.getValue())));
        yield map;
      }
      default -> NullValue.NULL_VALUE;
    };
  }

  /** The properties as a map that decodes only what is asked for. */
  private static final class Properties extends AbstractMap<String, Object> {
    private final JsonObject properties;

    Properties(JsonObject properties) {
      this.properties = properties;
    }

    @Override
    public Object get(Object name) {
      return containsKey(name) ? value(properties, (String) name) : null;
    }

    @Override
    public boolean containsKey(Object name) {
      return name instanceof String text && properties.has(text);
    }

    @Override
    public int size() {
      return properties.names().size();
    }

    @Override
    public Set<Entry<String, Object>> entrySet() {
      Map<String, Object> all = new LinkedHashMap<>();
      properties.names().forEach(name -> all.put(name, value(properties, name)));
      return all.entrySet();
    }
  }
}
