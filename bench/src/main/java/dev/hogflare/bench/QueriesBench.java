// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.RowSchema;
import dev.hogflare.contract.Uuids;
import dev.hogflare.lakehouse.BulkLoad;
import dev.hogflare.lakehouse.LakeQuery;
import dev.hogflare.lakehouse.PromotedColumn;
import dev.hogflare.lakehouse.QueryResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks the questions of the manual of a lake that is written for it. */
final class QueriesBench {
  private static final long SECOND = 1_000_000;
  private static final long DAY = 86_400 * SECOND;
  private static final int DAYS = 28;
  private static final int ROWS_OF_BODY = 500;

  /** 2,500 rows are what a commit of five seconds has at 500 events a second. */
  private static final int BODIES_OF_FILE = 5;

  private static final String TOKEN = "phc_bench";
  private static final List<String> BROWSERS = List.of("Chrome", "Chrome", "Safari", "Firefox");
  private static final List<String> SOURCES = List.of("newsletter", "search", "partner");
  private static final List<String> PATHS =
      List.of("/", "/pricing", "/docs", "/blog", "/signup", "/about", "/contact", "/checkout");
  private static final Pattern QUESTION =
      Pattern.compile(
          "^## (\\d+\\. [^\\n]*)\\n.*?^```sql\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);

  private final Path folder;
  private final long events;
  private final int persons;
  private final Map<String, String> questions;

  /**
   * Creates the bench.
   *
   * @param page the page of the manual that has the questions
   * @param events rows of events that the lake is to have
   */
  QueriesBench(Path folder, Path page, long events) throws IOException {
    this.folder = folder;
    this.events = events;
    this.persons = (int) Math.max(10, events / 25);
    questions = new LinkedHashMap<>();
    Matcher question = QUESTION.matcher(Files.readString(page));
    while (question.find()) {
      questions.put(question.group(1), question.group(2).strip());
    }
    if (questions.isEmpty()) {
      throw new IllegalArgumentException("The page " + page + " has no questions.");
    }
  }

  /** How the rows of a lake lie, in the order in which lakes are made. */
  enum Shape {
    /** Columns for what is asked, and a file for each commit of some thousand rows. */
    SMALL_FILES("columns", "many small files"),
    /** The same after the lake merged its files. */
    COMPACTED("columns", "merged files"),
    /** JSON alone, and merged files. */
    JSON("json", "no promoted columns");

    private final String lake;
    private final String words;

    Shape(String lake, String words) {
      this.lake = lake;
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  /** Writes a lake, or brings that of the shape before into this one. */
  void make(Shape shape) throws IOException {
    List<PromotedColumn> columns =
        shape == Shape.JSON ? List.<PromotedColumn>of() : PromotedColumn.STANDARD;
    try (BulkLoad load = BulkLoad.open(folder.resolve(shape.lake), columns)) {
      if (shape != Shape.COMPACTED) {
        load.append(RowSchema.EVENTS, new Bodies(events, this::event), BODIES_OF_FILE, now());
        load.append(RowSchema.PERSONS, new Bodies(persons, this::person), 1_000, now());
      }
      if (shape != Shape.SMALL_FILES) {
        load.compact(RowSchema.EVENTS);
      }
    }
  }

  /** Returns the seconds that each question takes, the middle of several runs. */
  Map<String, Double> ask(Shape shape, int runs) {
    try (LakeQuery session = LakeQuery.open(folder.resolve(shape.lake))) {
      Map<String, Double> seconds = new LinkedHashMap<>();
      for (Map.Entry<String, String> question : questions.entrySet()) {
        List<Double> times = new ArrayList<>();
        for (int run = 0; run <= runs; run++) {
          long begin = System.nanoTime();
          int rows = 0;
          try (QueryResult answer = session.query(question.getValue())) {
            while (answer.hasNext()) {
              answer.next();
              rows++;
            }
          }
          if (rows == 0) {
            throw new IllegalStateException(question.getKey() + " has no answer.");
          }
          // The first one reads the files into the system's cache.
          if (run > 0) {
            times.add((System.nanoTime() - begin) / 1e9);
          }
        }
        seconds.put(question.getKey(), times.stream().sorted().toList().get(times.size() / 2));
      }
      return seconds;
    }
  }

  private static long now() {
    return 1_772_366_400 * SECOND;
  }

  /** Writes a row by its number. */
  private interface Rows {
    void write(long number, SplittableRandom random, JsonBuffer out);
  }

  /** Bodies of rows, one after another, the same each time. */
  private static final class Bodies implements Iterator<byte[]> {
    private final long count;
    private final Rows rows;
    private final SplittableRandom random = new SplittableRandom(20_260_301);
    private long next;

    private Bodies(long count, Rows rows) {
      this.count = count;
      this.rows = rows;
    }

    @Override
    public boolean hasNext() {
      return next < count;
    }

    @Override
    public byte[] next() {
      if (!hasNext()) {
        throw new NoSuchElementException("All rows are written.");
      }
      JsonBuffer out = new JsonBuffer(ROWS_OF_BODY * 1_024).openArray();
      for (int i = 0; i < ROWS_OF_BODY && next < count; i++) {
        rows.write(next++, random, out.separate());
      }
      return out.closeArray().toBytes();
    }
  }

  private static UUID personOf(long visitor) {
    return Uuids.person(new ActorKey(TOKEN, "visitor-" + visitor));
  }

  /** Rows come in the order of time, as they do. */
  private void event(long number, SplittableRandom random, JsonBuffer out) {
    long visitor = random.nextInt(persons);
    long at = now() - DAYS * DAY + (long) ((double) number / events * DAYS * DAY);
    // Five events of a visitor and a day are one session.
    long session = visitor * DAYS + (at - now() + DAYS * DAY) / DAY;
    int kind = random.nextInt(40);
    String event = kind == 0 ? "order" : kind == 1 ? "$identify" : "$pageview";
    String path = PATHS.get(random.nextInt(PATHS.size()));
    out.openObject().name("uuid").uuid(new UUID(0x8000_0000_0000_7000L, number));
    out.name("source").string("posthog_sdk").name("event").string(event);
    out.name("distinct_id").string("visitor-" + visitor);
    out.name("created_at").time(at).name("timestamp").time(at);
    out.name("properties").openObject();
    out.name("$session_id").string("session-" + session);
    out.name("$device_id").string("device-" + visitor);
    out.name("$browser").string(BROWSERS.get((int) (visitor % BROWSERS.size())));
    out.name("$os").string("Mac OS X").name("$lib").string("web");
    out.name("$lib_version").string("1.402.1").name("$device_type").string("Desktop");
    out.name("$current_url").string("https://shop.example.com" + path);
    out.name("$host").string("shop.example.com").name("$pathname").string(path);
    out.name("$viewport_height").number(900).name("$viewport_width").number(1_440);
    out.name("$screen_height").number(1_080).name("$screen_width").number(1_920);
    out.name("title").string("Example shop: the page at " + path);
    out.name("$raw_user_agent")
        .string(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko)"
                + " Chrome/141.0.0.0 Safari/537.36");
    if (visitor % 5 < 2) {
      out.name("utm_source").string(SOURCES.get((int) (visitor % SOURCES.size())));
    }
    if (kind == 0) {
      out.name("revenue").number(5 + random.nextInt(95)).name("currency").string("EUR");
    }
    out.closeObject();
    out.name("person_id").uuid(personOf(visitor));
    out.name("api_key").string(TOKEN).closeObject();
  }

  private void person(long visitor, SplittableRandom random, JsonBuffer out) {
    long at = now() - DAYS * DAY;
    out.openObject().name("uuid").uuid(new UUID(0x9000_0000_0000_7000L, visitor));
    out.name("source").string("hogflare").name("operation").string("capture");
    out.name("person_id").uuid(personOf(visitor)).name("person_int_id").number(visitor);
    out.name("canonical_distinct_id").string("visitor-" + visitor);
    out.name("distinct_ids").openArray().string("visitor-" + visitor).closeArray();
    out.name("created_at").time(at).name("updated_at").time(at).name("version").number(1);
    String plan = random.nextInt(4) == 0 ? "pro" : "free";
    for (String name : List.of("properties", "properties_set_once", "merged_properties")) {
      out.name(name).openObject();
      if (!name.equals("properties_set_once")) {
        out.name("plan").string(plan);
      }
      out.closeObject();
    }
    out.name("api_key").string(TOKEN);
    out.name("source_event_uuid").uuid(new UUID(0x8000_0000_0000_7000L, visitor));
    out.closeObject();
  }
}
