// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DefinitionKey.Kind;
import dev.hogflare.contract.ValueCounts;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts in memory what one thread sees between two commits, by project.
 *
 * <p>An event costs one addition for each of its properties: they are counted under their event
 * alone, and what they are over all events is the sum. A value that finds no room is counted as
 * refused, as is one whose name is too long, or that belongs to a group without a usable type. Used
 * by one thread.
 */
final class CountBook {
  /** The longest name that is taken, in bytes: that of PostHog's own columns. */
  static final int MAX_NAME_BYTES = 200;

  /** The most properties of an event that is looked at. */
  static final int MAX_PROPERTIES = 10_000;

  /** Names of one project between two commits, past which further ones are refused. */
  static final int MAX_NAMES_OF_TOKEN = 20_000;

  /** Names of one project past which a commit is asked for, so that few are ever refused. */
  static final int MANY_NAMES_OF_TOKEN = MAX_NAMES_OF_TOKEN / 2;

  /** Names of all projects past which a commit is asked for, so that memory is bounded. */
  static final int MAX_NAMES = 50_000;

  private static final byte[] OWN_METRICS = "$$plugin_metrics".getBytes(StandardCharsets.UTF_8);
  private static final Name OWN_METRICS_NAME = new Name().set(OWN_METRICS, 0, OWN_METRICS.length);

  private final Map<String, Token> tokens = new HashMap<>();
  private final Name probe = new Name();
  private int names;
  private boolean full;

  /** What became of an event. */
  enum Outcome {
    /** It was counted. */
    COUNTED,
    /** It is not one that a project sent. */
    IGNORED,
    /** Its name is too long. */
    NAME_TOO_LONG,
    /** It has too many properties. */
    TOO_MANY_PROPERTIES
  }

  /** What was seen of one project. */
  private static final class Token {
    private final Map<Name, Event> events = new HashMap<>();
    private final Table persons = new Table();
    private final Map<String, Table> groups = new LinkedHashMap<>();
    private final List<Tally> changedEvents = new ArrayList<>();
    private Event lastEvent;
    private int names;
    private long refused;
    private long refusedFirst = Long.MAX_VALUE;
    private long refusedLast = Long.MIN_VALUE;
  }

  /** The properties of one owner. */
  private static final class Table {
    private final Map<Name, Tally> tallies = new HashMap<>();
    private final List<Tally> changed = new ArrayList<>();
    private Tally first;
  }

  private static final class Event {
    private final Tally tally;
    private final Table properties = new Table();

    private Event(Tally tally) {
      this.tally = tally;
    }
  }

  /** Counts an event that a reader has read. */
  Outcome count(byte[] key, RowReader row) {
    if (row.eventLength() > MAX_NAME_BYTES) {
      return Outcome.NAME_TOO_LONG;
    }
    if (row.count() > MAX_PROPERTIES) {
      return Outcome.TOO_MANY_PROPERTIES;
    }
    Name name = row.event(probe);
    if (name.equals(OWN_METRICS_NAME)) {
      return Outcome.IGNORED;
    }
    Token token = tokens.computeIfAbsent(ActorKey.tokenOf(key), this::newToken);
    Event event = eventOrNull(token, name);
    if (event == null) {
      refuse(token, row.createdAt());
    } else {
      token.lastEvent = event;
      if (event.tally.countEvent(row.createdAt())) {
        token.changedEvents.add(event.tally);
      }
    }
    boolean describesGroup = row.describesGroup();
    Tally before = null;
    Table table = null;
    for (int i = 0; i < row.count(); i++) {
      RowReader.Owner owner = row.owner(i);
      if (describesGroup != (owner == RowReader.Owner.GROUP)) {
        continue;
      }
      Table own =
          switch (owner) {
            case EVENT -> event == null ? null : event.properties;
            case PERSON -> token.persons;
            case GROUP -> groupOrNull(token, row.groupTypeOrNull());
          };
      if (own == null || row.nameLength(i) > MAX_NAME_BYTES) {
        refuse(token, row.createdAt());
        continue;
      }
      if (own != table) {
        table = own;
        before = null;
      }
      before = count(token, table, before, row, i);
    }
    return Outcome.COUNTED;
  }

  /** An invented project takes room as a name does. */
  private Token newToken(String token) {
    names++;
    full |= names > MAX_NAMES;
    return new Token();
  }

  private Event eventOrNull(Token token, Name name) {
    Event event = token.lastEvent;
    if (event != null && event.tally.name().equals(name)) {
      return event;
    }
    event = token.events.get(name);
    if (event == null && hasRoom(token)) {
      event = new Event(new Tally(name.copy()));
      token.events.put(event.tally.name(), event);
    }
    return event;
  }

  private Table groupOrNull(Token token, String type) {
    if (type == null || type.length() > MAX_NAME_BYTES) {
      return null;
    }
    Table table = token.groups.get(type);
    if (table == null && hasRoom(token)) {
      table = new Table();
      token.groups.put(type, table);
    }
    return table;
  }

  private Tally count(Token token, Table table, Tally before, RowReader row, int index) {
    Tally tally = before == null ? table.first : before.nextOrNull();
    if (tally == null || !row.isNamed(index, tally.name())) {
      tally = table.tallies.get(row.name(index, probe));
      if (tally == null) {
        if (!hasRoom(token)) {
          refuse(token, row.createdAt());
          return before;
        }
        tally = new Tally(probe.copy());
        table.tallies.put(tally.name(), tally);
      }
      if (before == null) {
        table.first = tally;
      } else {
        before.follow(tally);
      }
    }
    if (tally.count(row.shape(index), row.number(index), row.createdAt())) {
      table.changed.add(tally);
    }
    return tally;
  }

  private boolean hasRoom(Token token) {
    if (token.names >= MAX_NAMES_OF_TOKEN) {
      return false;
    }
    token.names++;
    names++;
    full |= token.names > MANY_NAMES_OF_TOKEN || names > MAX_NAMES;
    return true;
  }

  private static void refuse(Token token, long time) {
    token.refused++;
    token.refusedFirst = Math.min(token.refusedFirst, time);
    token.refusedLast = Math.max(token.refusedLast, time);
  }

  /** Whether so much is in memory that it should be written and forgotten. */
  boolean isFull() {
    return full;
  }

  /** Returns what was seen since the last call, by project, and begins again. */
  Map<String, List<Seen>> take() {
    Map<String, List<Seen>> all = new LinkedHashMap<>();
    tokens.forEach(
        (token, counts) -> {
          List<Seen> seen = new ArrayList<>();
          counts.changedEvents.forEach(tally -> seen.add(tally.take(Kind.EVENT, "")));
          counts.changedEvents.clear();
          counts
              .events
              .values()
              .forEach(
                  event ->
                      take(
                          event.properties,
                          Kind.EVENTS_PROPERTY,
                          event.tally.name().toString(),
                          seen));
          take(counts.persons, Kind.PERSON_PROPERTY, "", seen);
          counts.groups.forEach((type, table) -> take(table, Kind.GROUP_PROPERTY, type, seen));
          if (counts.refused > 0) {
            seen.add(
                new Seen(
                    Kind.REFUSED,
                    "",
                    "",
                    new ValueCounts(0, 0, 0, 0, counts.refused),
                    counts.refusedFirst,
                    counts.refusedLast));
            counts.refused = 0;
            counts.refusedFirst = Long.MAX_VALUE;
            counts.refusedLast = Long.MIN_VALUE;
          }
          if (!seen.isEmpty()) {
            all.put(token, seen);
          }
        });
    return all;
  }

  private static void take(Table table, Kind kind, String parent, List<Seen> seen) {
    table.changed.forEach(tally -> seen.add(tally.take(kind, parent)));
    table.changed.clear();
  }

  /** Forgets the names if they are too many; all counts have to be taken already. */
  void turnIfFull() {
    if (full) {
      clear();
    }
  }

  /** Forgets everything. */
  void clear() {
    tokens.clear();
    names = 0;
    full = false;
  }
}
