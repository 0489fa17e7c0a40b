// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import dev.hogflare.metrics.GeneratedLake.Event;
import dev.hogflare.metrics.GeneratedLake.Snapshot;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The same figures as the models say, found with loops over the raw events and nothing else. */
final class PlainAnswers {
  private static final Set<String> PAGEVIEWS =
      Set.of("$pageview", "page_view", "$screen", "screen");
  private static final Set<String> ABOUT_PERSONS =
      Set.of(
          "$identify",
          "$groupidentify",
          "$create_alias",
          "$engage",
          "$snapshot",
          "$snapshot_items");

  /** A person that exists. */
  record Profile(Snapshot latest) {}

  /** Events that belong together, in their order. */
  record Span(List<Event> events) {
    Event first() {
      return events.getFirst();
    }

    double seconds() {
      return (events.getLast().at() - first().at()) / 1e6;
    }

    long pageviews() {
      return events.stream().filter(PlainAnswers::isPageview).count();
    }

    boolean bounced() {
      return pageviews() <= 1;
    }

    boolean engaged() {
      return events.size() > 1 || seconds() >= 10;
    }
  }

  final List<Event> events;
  private final Map<String, String> overrides;
  final Map<String, Profile> profiles = new TreeMap<>();

  PlainAnswers(GeneratedLake lake) {
    events = lake.events;
    overrides = lake.overrides;
    Map<String, Snapshot> latest = new HashMap<>();
    for (Snapshot snapshot : lake.snapshots) {
      latest.merge(snapshot.person(), snapshot, (a, b) -> a.version() >= b.version() ? a : b);
    }
    latest.forEach(
        (person, snapshot) -> {
          String owner = overrides.get(snapshot.canonical());
          if (!snapshot.operation().equals("delete") && (owner == null || owner.equals(person))) {
            profiles.put(person, new Profile(snapshot));
          }
        });
  }

  static boolean isPageview(Event event) {
    return PAGEVIEWS.contains(event.name());
  }

  private static boolean isCapture(Event event) {
    return !ABOUT_PERSONS.contains(event.name());
  }

  String person(Event event) {
    return overrides.getOrDefault(event.distinctId(), event.person());
  }

  String actor(Event event) {
    String person = person(event);
    return person == null ? event.distinctId() : person;
  }

  static LocalDate day(Event event) {
    return LocalDate.ofEpochDay(Math.floorDiv(event.at(), 86_400_000_000L));
  }

  String sessionKey(Event event) {
    String session = event.column("session_id");
    return session == null ? actor(event) + ":" + day(event) : session;
  }

  static String groupOf(Event event) {
    return event.groups().stream().filter(Objects::nonNull).findFirst().orElse(null);
  }

  private static <T> double count(Collection<T> all, Predicate<T> which) {
    return all.stream().filter(which).count();
  }

  static <T> double distinct(Collection<T> all, Function<T, Object> what) {
    return all.stream().map(what).filter(Objects::nonNull).distinct().count();
  }

  private static <T> double sum(Collection<T> all, ToDoubleFunction<T> of) {
    return all.stream().mapToDouble(of).sum();
  }

  private static <T> double mean(Collection<T> all, ToDoubleFunction<T> of) {
    return all.stream().mapToDouble(of).average().orElseThrow();
  }

  List<Span> sessions() {
    return spans(event -> event.column("session_id"));
  }

  List<Span> spans(Function<Event, String> key) {
    Map<String, List<Event>> byKey = new TreeMap<>();
    for (Event event : events) {
      String of = key.apply(event);
      if (of != null) {
        byKey.computeIfAbsent(of, k -> new ArrayList<>()).add(event);
      }
    }
    byKey
        .values()
        .forEach(list -> list.sort(Comparator.comparingLong(Event::at).thenComparing(Event::uuid)));
    return byKey.values().stream().map(Span::new).toList();
  }

  private static boolean hasUtm(Event event) {
    return event.column("utm_source") != null;
  }

  private static boolean hasReferrer(Event event) {
    String referrer = event.column("referrer");
    return referrer != null && !referrer.equals("$direct");
  }

  private static String found(Event event, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(event.properties());
    return matcher.find() ? matcher.group(1) : null;
  }

  private static String issue(Event event) {
    String fingerprint = found(event, "fingerprint\":\"(\\w+)");
    return fingerprint != null
        ? fingerprint
        : found(event, "\"type\":\"(\\w+)") + ": " + found(event, "\"value\":\"(\\w+)");
  }

  /** Returns every metric over all rows. */
  Map<String, Double> totals() {
    Map<String, Double> all = new TreeMap<>();
    double users = distinct(events, this::actor);
    double rows = events.size();
    double known =
        distinct(
            events.stream()
                .filter(e -> person(e) != null && profiles.containsKey(person(e)))
                .toList(),
            this::person);
    double grouped = count(events, e -> groupOf(e) != null);
    double revenue = sum(events, e -> e.revenue() == null ? 0 : e.revenue());
    all.put("events.event_count", rows);
    all.put("events.capture_events", count(events, PlainAnswers::isCapture));
    all.put("events.custom_events", count(events, e -> isCapture(e) && !isPageview(e)));
    all.put("events.pageviews", count(events, PlainAnswers::isPageview));
    all.put("events.autocaptures", count(events, e -> e.name().equals("$autocapture")));
    all.put("events.identify_events", count(events, e -> e.name().equals("$identify")));
    all.put("events.unique_users", users);
    all.put("events.unique_distinct_ids", distinct(events, Event::distinctId));
    all.put("events.known_persons", known);
    all.put("events.unique_sessions", distinct(events, this::sessionKey));
    all.put("events.grouped_events", grouped);
    all.put("events.unique_groups", distinct(events, PlainAnswers::groupOf));
    all.put("events.revenue_total", revenue);
    all.put(
        "events.paying_users",
        distinct(
            events.stream().filter(e -> e.revenue() != null && e.revenue() > 0).toList(),
            this::actor));
    all.put("events.average_properties_bytes", mean(events, e -> e.properties().length()));
    all.put("events.identification_rate", known / users);
    all.put("events.events_per_user", rows / users);
    all.put("events.grouped_event_rate", grouped / rows);
    all.put("events.revenue_per_user", revenue / users);

    List<Event> pages = events.stream().filter(PlainAnswers::isPageview).toList();
    all.put("pageviews.pageviews", (double) pages.size());
    all.put("pageviews.unique_visitors", distinct(pages, this::actor));
    all.put("pageviews.unique_sessions", distinct(pages, this::sessionKey));
    all.put("pageviews.pageviews_per_visitor", pages.size() / distinct(pages, this::actor));

    List<Span> sessions = sessions();
    double sessionCount = sessions.size();
    double sessionUsers = distinct(sessions, s -> actor(s.first()));
    double sessionPages = sum(sessions, Span::pageviews);
    all.put("sessions.session_count", sessionCount);
    all.put("sessions.unique_users", sessionUsers);
    all.put("sessions.bounced_sessions", count(sessions, Span::bounced));
    all.put("sessions.engaged_sessions", count(sessions, Span::engaged));
    all.put("sessions.total_session_seconds", sum(sessions, Span::seconds));
    all.put("sessions.average_session_seconds", mean(sessions, Span::seconds));
    all.put("sessions.total_pageviews", sessionPages);
    all.put("sessions.pageviews_per_session", sessionPages / sessionCount);
    all.put("sessions.bounce_rate", count(sessions, Span::bounced) / sessionCount);
    all.put("sessions.engagement_rate", count(sessions, Span::engaged) / sessionCount);

    List<Span> days = spans(e -> e.column("session_id") == null ? actor(e) + ":" + day(e) : null);
    all.put("activity_days.activity_day_count", (double) days.size());
    all.put("activity_days.active_users", distinct(days, d -> actor(d.first())));
    all.put("activity_days.fallback_events", sum(days, d -> d.events().size()));
    all.put("activity_days.fallback_pageviews", sum(days, Span::pageviews));
    all.put("activity_days.bounced_activity_days", count(days, Span::bounced));
    all.put("activity_days.engaged_activity_days", count(days, Span::engaged));
    all.put("activity_days.total_activity_seconds", sum(days, Span::seconds));
    all.put("activity_days.fallback_engagement_rate", count(days, Span::engaged) / days.size());

    List<Span> actors = spans(this::actor);
    ToDoubleFunction<Span> sessionsOf = a -> distinct(a.events(), this::sessionKey);
    all.put("persons.person_count", (double) actors.size());
    all.put("persons.total_events", rows);
    all.put("persons.total_sessions", sum(actors, sessionsOf));
    all.put("persons.returning_persons", count(actors, a -> sessionsOf.applyAsDouble(a) > 1));
    all.put("persons.average_events_per_person", rows / actors.size());
    all.put("persons.average_sessions_per_person", mean(actors, sessionsOf));
    List<Integer> sizes = actors.stream().map(a -> a.events().size()).sorted().toList();
    all.put(
        "persons.median_events_per_person",
        (sizes.get((sizes.size() - 1) / 2) + sizes.get(sizes.size() / 2)) / 2.0);

    double ids = sum(profiles.values(), p -> p.latest().ids().size());
    double canonical =
        count(profiles.values(), p -> p.latest().ids().contains(p.latest().canonical()));
    all.put("person_profiles.profile_count", (double) profiles.size());
    all.put("person_profiles.total_distinct_ids", ids);
    all.put(
        "person_profiles.average_profile_version",
        mean(profiles.values(), p -> p.latest().version()));
    all.put(
        "person_profiles.linked_profiles",
        count(profiles.values(), p -> p.latest().ids().size() > 1));
    all.put("person_profiles.identity_links_per_profile", ids / profiles.size());
    all.put("identity_links.identity_link_count", ids);
    all.put("identity_links.resolved_persons", (double) profiles.size());
    all.put("identity_links.canonical_links", canonical);
    all.put("identity_links.noncanonical_links", ids - canonical);
    all.put("identity_links.links_per_person", ids / profiles.size());

    double groupRows = sum(events, e -> count(e.groups(), Objects::nonNull));
    Set<String> groups = new HashSet<>();
    Set<Integer> slots = new HashSet<>();
    for (Event event : events) {
      for (int slot = 0; slot < event.groups().size(); slot++) {
        if (event.groups().get(slot) != null) {
          groups.add(slot + ":" + event.groups().get(slot));
          slots.add(slot);
        }
      }
    }
    double groupUsers =
        distinct(events.stream().filter(e -> groupOf(e) != null).toList(), this::actor);
    all.put("groups.group_event_count", groupRows);
    all.put("groups.unique_groups", (double) groups.size());
    all.put("groups.unique_group_slots", (double) slots.size());
    all.put("groups.unique_grouped_users", groupUsers);
    all.put(
        "groups.group_identify_events",
        sum(
            events,
            e -> e.name().equals("$groupidentify") ? count(e.groups(), Objects::nonNull) : 0));
    all.put("groups.users_per_group", groupUsers / groups.size());

    Predicate<Span> touched = a -> a.events().stream().anyMatch(e -> hasUtm(e) || hasReferrer(e));
    all.put("attribution.actor_count", (double) actors.size());
    all.put("attribution.attributed_actors", count(actors, touched));
    all.put(
        "attribution.actors_with_utm",
        count(actors, a -> a.events().stream().anyMatch(PlainAnswers::hasUtm)));
    all.put(
        "attribution.actors_with_referrer",
        count(actors, a -> a.events().stream().anyMatch(PlainAnswers::hasReferrer)));
    all.put("attribution.attribution_events", count(events, e -> hasUtm(e) || hasReferrer(e)));
    all.put("attribution.attribution_rate", count(actors, touched) / actors.size());

    LocalDate last =
        events.stream().map(PlainAnswers::day).max(Comparator.naturalOrder()).orElseThrow();
    double retainedDays = 0;
    double possibleDays = 0;
    for (int period = 0; period <= 30; period++) {
      double[] retention = retention(actors, last, period);
      retainedDays += retention[0];
      possibleDays += retention[1];
      if (period == 1 || period == 7 || period == 30) {
        String name = "first_event_retention.day_" + period;
        all.put(name + "_retained_users", retention[0]);
        all.put(name + "_cohort_users", retention[1]);
        all.put(name + "_retention", retention[0] / retention[1]);
        all.put("day_" + period + "_retention_rate", retention[0] / retention[1]);
      }
    }
    all.put("first_event_retention.cohort_users", (double) actors.size());
    all.put("first_event_retention.days_of_users", possibleDays);
    all.put("first_event_retention.active_user_days", retainedDays);
    all.put("first_event_retention.retention_rate", retainedDays / possibleDays);

    List<Event> errors = events.stream().filter(e -> e.name().equals("$exception")).toList();
    double issues = distinct(errors, PlainAnswers::issue);
    double affected = distinct(errors, this::actor);
    all.put("error_events.error_event_count", (double) errors.size());
    all.put("error_events.affected_users", affected);
    all.put("error_events.affected_sessions", distinct(errors, e -> e.column("session_id")));
    all.put(
        "error_events.unhandled_errors",
        count(errors, e -> e.properties().contains("\"handled\":false")));
    all.put("error_events.errors_per_affected_user", errors.size() / affected);
    all.put("error_issues.issue_count", issues);
    all.put("error_issues.total_error_events", (double) errors.size());
    all.put("error_issues.events_per_issue", errors.size() / issues);

    all.put("identification_rate", known / users);
    all.put("pageviews_per_session", sessionPages / sessionCount);
    all.put("events_per_user", rows / users);
    all.put("grouped_event_rate", grouped / rows);
    all.put("bounce_rate", count(sessions, Span::bounced) / sessionCount);
    all.put("engagement_rate", count(sessions, Span::engaged) / sessionCount);
    all.put("fallback_activity_engagement_rate", count(days, Span::engaged) / days.size());
    all.put("identity_links_per_profile", ids / profiles.size());
    all.put("attributed_actor_rate", count(actors, touched) / actors.size());
    all.put("group_rows_per_grouped_event", groupRows / grouped);
    all.put("errors_per_session", errors.size() / sessionCount);
    all.put("sessions_per_user", sessionCount / sessionUsers);
    return all;
  }

  /** Returns who came back after so many days, and who could have. */
  double[] retention(List<Span> actors, LocalDate last, int period) {
    double back = 0;
    double could = 0;
    for (Span actor : actors) {
      LocalDate first = day(actor.first());
      if (!first.plusDays(period).isAfter(last)) {
        could++;
        back +=
            actor.events().stream().anyMatch(e -> day(e).equals(first.plusDays(period))) ? 1 : 0;
      }
    }
    return new double[] {back, could};
  }

  /** Returns who saw a page, and who of them identified with a later event. */
  int[] visitToIdentify() {
    int saw = 0;
    int identified = 0;
    for (Span actor : spans(this::actor)) {
      int first = 0;
      while (first < actor.events().size() && !isPageview(actor.events().get(first))) {
        first++;
      }
      if (first < actor.events().size()) {
        saw++;
        identified +=
            actor.events().stream().skip(first).anyMatch(e -> e.name().equals("$identify")) ? 1 : 0;
      }
    }
    return new int[] {saw, identified};
  }

  static <T> Map<Object, List<T>> by(Collection<T> all, Function<T, Object> key) {
    return all.stream().collect(Collectors.groupingBy(each -> String.valueOf(key.apply(each))));
  }
}
