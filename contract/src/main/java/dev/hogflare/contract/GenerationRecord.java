// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the control topic says about one generation; the record's key is {@link #key}.
 *
 * @param generation which one
 * @param state what it does
 * @param setup what was decided when it was made
 * @param cut how it takes over from another one, once that has begun
 */
public record GenerationRecord(Generation generation, State state, Setup setup, Optional<Cut> cut) {
  /**
   * The version of the processors' logic and of what they store; 1 to 127. It is raised with every
   * change after which state that older code wrote must not be worked on any more, and leads every
   * stored form of the person-processor, so that there is no other number to raise.
   */
  public static final int CODE_VERSION = 3;

  private static final String KEY_PREFIX = "generation:";

  /** What a generation does. */
  public enum State {
    /** Works through history and writes nothing that others read. */
    REBUILDING,
    /** The records at which it takes over are being written, or not yet passed. */
    CUTTING,
    /** Writes the rows. */
    LIVE,
    /** Finishes what came before the next one took over. */
    RETIRING,
    /** Has finished; its state can go. */
    RETIRED,
    /** Was given up before it took over. */
    ABORTED,
    /** Nothing of it is left but this record, which keeps its number from being used again. */
    DROPPED
  }

  /**
   * What was decided when a generation was made.
   *
   * @param groups the generation whose groups it works with: itself, unless only persons are
   *     rebuilt
   * @param shadow whether its rows go to topics of their own, all of them
   * @param from where in history it begins: {@code beginning}, or a time as RFC 3339 text
   * @param createdAt when it was made, in microseconds since the epoch
   * @param codeVersion the {@link #CODE_VERSION} of the program that made it
   * @param openFrom for a generation whose predecessor is lost: the offset of each raw topic, by
   *     partition, from which on it writes rows; otherwise empty
   */
  public record Setup(
      Generation groups,
      boolean shadow,
      String from,
      long createdAt,
      int codeVersion,
      Map<String, List<Long>> openFrom) {
    /** A beginning that leaves nothing out. */
    public static final String BEGINNING = "beginning";

    /** Copies the offsets. */
    public Setup {
      openFrom = copy(openFrom);
    }
  }

  /**
   * How a generation takes over.
   *
   * @param from the one that it takes over from
   * @param searchFrom the ends of the raw topics, by partition, before the first marker was written
   * @param marks the offsets of the markers by raw topic and partition; empty until all are written
   */
  public record Cut(
      Generation from, Map<String, List<Long>> searchFrom, Map<String, List<Long>> marks) {
    /** Copies the offsets. */
    public Cut {
      searchFrom = copy(searchFrom);
      marks = copy(marks);
    }
  }

  private static Map<String, List<Long>> copy(Map<String, List<Long>> offsets) {
    Map<String, List<Long>> copy = new TreeMap<>();
    offsets.forEach((topic, of) -> copy.put(topic, List.copyOf(of)));
    return java.util.Collections.unmodifiableMap(copy);
  }

  /** Returns what holds for a deployment without any record: the first generation is live. */
  public static GenerationRecord first() {
    return new GenerationRecord(
        Generation.FIRST,
        State.LIVE,
        new Setup(Generation.FIRST, false, Setup.BEGINNING, 0, CODE_VERSION, Map.of()),
        Optional.empty());
  }

  /** Returns the key of the record on the control topic. */
  public String key() {
    return KEY_PREFIX + generation.number();
  }

  /** Whether a key of the control topic is that of a generation. */
  public static boolean isKey(String key) {
    return key != null && key.startsWith(KEY_PREFIX);
  }

  /** Returns the same generation in another state. */
  public GenerationRecord in(State next) {
    return new GenerationRecord(generation, next, setup, cut);
  }

  /** Returns the same generation with another cut. */
  public GenerationRecord with(Cut next) {
    return new GenerationRecord(generation, state, setup, Optional.of(next));
  }

  /** Whether processors are to run for it. */
  public boolean runs() {
    return switch (state) {
      case REBUILDING, CUTTING, LIVE, RETIRING -> true;
      case RETIRED, ABORTED, DROPPED -> false;
    };
  }

  /** Whether a group-processor of its own belongs to it. */
  public boolean hasGroups() {
    return setup.groups().equals(generation);
  }

  /**
   * Whether it writes nothing that others read until a marker or an offset says so: all but the
   * first one, and those that write to topics of their own.
   */
  public boolean startsMuted() {
    return !generation.equals(Generation.FIRST) && !setup.shadow();
  }

  /** Returns the topics of a deployment as this generation sees them. */
  public Topics topics(Topics deployment) {
    return setup.shadow()
        ? deployment.shadowOf(generation)
        : deployment.of(generation, setup.groups());
  }

  /**
   * Returns why this program must not run this generation, or nothing if it may.
   *
   * <p>State of another version may be read wrongly, or led on by other rules than those that made
   * it, and a rebuild would differ from it.
   */
  public Optional<String> refusal() {
    if (setup.codeVersion() == CODE_VERSION) {
      return Optional.empty();
    }
    return Optional.of(
        "The generation "
            + generation
            + " was built by code version "
            + setup.codeVersion()
            + " and this program has version "
            + CODE_VERSION
            + (setup.codeVersion() < CODE_VERSION
                ? "; run it with the program that built it, and build the next one with this"
                    + " program: 'hogflare rebuild start', or with --takeover if the old program"
                    + " is gone."
                : "; update this program."));
  }

  /** Returns the record's value. */
  public byte[] toJson() {
    JsonBuffer json =
        new JsonBuffer(512)
            .openObject()
            .name("number")
            .number(generation.number())
            .name("state")
            .string(state.name().toLowerCase(Locale.ROOT))
            .name("groups")
            .number(setup.groups().number())
            .name("shadow")
            .bool(setup.shadow())
            .name("from")
            .string(setup.from())
            .name("created_at")
            .number(setup.createdAt())
            .name("code_version")
            .number(setup.codeVersion());
    if (!setup.openFrom().isEmpty()) {
      offsets(json.name("open_from"), setup.openFrom());
    }
    cut.ifPresent(
        c -> {
          json.name("cut").openObject().name("from").number(c.from().number());
          offsets(json.name("search_from"), c.searchFrom());
          offsets(json.name("marks"), c.marks());
          json.closeObject();
        });
    return json.closeObject().toBytes();
  }

  private static void offsets(JsonBuffer json, Map<String, List<Long>> offsets) {
    json.openObject();
    offsets.forEach(
        (topic, of) -> {
          json.name(topic).openArray();
          of.forEach(offset -> json.separate().number(offset));
          json.closeArray();
        });
    json.closeObject();
  }

  /**
   * Reads a record's value.
   *
   * @throws MalformedRecordException if it is anything else
   */
  public static GenerationRecord read(byte[] value) {
    Fields fields = Fields.parse(value);
    Generation generation = generation(fields, "number");
    Optional<Cut> cut =
        fields
            .optionalObject("cut")
            .map(c -> new Cut(generation(c, "from"), c.offsets("search_from"), c.offsets("marks")));
    return new GenerationRecord(
        generation,
        state(fields.text("state")),
        new Setup(
            generation(fields, "groups"),
            fields.bool("shadow"),
            fields.text("from"),
            fields.number("created_at"),
            (int) fields.number("code_version"),
            fields.offsets("open_from")),
        cut);
  }

  private static Generation generation(Fields fields, String name) {
    long number = fields.number(name);
    if (number < 1 || number > Integer.MAX_VALUE) {
      throw new MalformedRecordException(
          "The field " + name + " of a generation is " + number + ", not 1 or more.");
    }
    return new Generation((int) number);
  }

  private static State state(String text) {
    for (State state : State.values()) {
      if (state.name().toLowerCase(Locale.ROOT).equals(text)) {
        return state;
      }
    }
    throw new MalformedRecordException("A generation is \"" + text + "\", which is no state.");
  }

  /** The members of a JSON object. */
  private record Fields(Map<String, Object> members) {

    static Fields parse(byte[] json) {
      try (JsonParser parser = RecordJson.FACTORY.createParser(json == null ? new byte[0] : json)) {
        if (parser.nextToken() == JsonToken.START_OBJECT) {
          return object(parser);
        }
      } catch (IOException e) {
        throw new MalformedRecordException("The record of a generation is no JSON object.", e);
      }
      throw new MalformedRecordException("The record of a generation is no JSON object.");
    }

    private static Fields object(JsonParser parser) throws IOException {
      Map<String, Object> members = new LinkedHashMap<>();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        members.put(name, value(parser));
      }
      return new Fields(members);
    }

    private static Object value(JsonParser parser) throws IOException {
      return switch (parser.currentToken()) {
        case START_OBJECT -> object(parser);
        case START_ARRAY -> {
          List<Object> items = new ArrayList<>();
          while (parser.nextToken() != JsonToken.END_ARRAY) {
            items.add(value(parser));
          }
          yield items;
        }
        case VALUE_NUMBER_INT -> parser.getLongValue();
        case VALUE_TRUE, VALUE_FALSE -> parser.getBooleanValue();
        default -> parser.getText();
      };
    }

    private <T> T required(String name, Class<T> type) {
      Object value = members.get(name);
      if (!type.isInstance(value)) {
        throw new MalformedRecordException(
            "The record of a generation has no field " + name + " of the right type.");
      }
      return type.cast(value);
    }

    String text(String name) {
      return required(name, String.class);
    }

    long number(String name) {
      return required(name, Long.class);
    }

    boolean bool(String name) {
      return required(name, Boolean.class);
    }

    Optional<Fields> optionalObject(String name) {
      return members.containsKey(name)
          ? Optional.of(required(name, Fields.class))
          : Optional.empty();
    }

    Map<String, List<Long>> offsets(String name) {
      Map<String, List<Long>> offsets = new TreeMap<>();
      optionalObject(name)
          .ifPresent(
              of ->
                  of.members()
                      .keySet()
                      .forEach(
                          topic ->
                              offsets.put(
                                  topic,
                                  ((List<?>) of.required(topic, List.class))
                                      .stream().map(Fields::offset).toList())));
      return offsets;
    }

    private static Long offset(Object item) {
      if (item instanceof Long offset) {
        return offset;
      }
      throw new MalformedRecordException(
          "The record of a generation has the offset " + item + ", which is no whole number.");
    }
  }
}
