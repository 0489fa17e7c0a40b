// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.operations.Account;
import dev.hogflare.operations.Bucket;
import dev.hogflare.operations.Finding;
import dev.hogflare.operations.Reconciliation.Books;
import dev.hogflare.operations.Reconciliation.Verdict;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Words the answer of {@code reconcile}.
 *
 * @param books what was counted
 * @param waiting what is still under way, by topic
 * @param verdict what is missing or doubled, or nothing if that cannot be said yet
 * @param withLake whether the rows are in a lake that could be asked
 * @param deliveries what the forwarders delivered
 */
record ReconcileReport(
    Books books,
    Map<String, Long> waiting,
    Optional<Verdict> verdict,
    boolean withLake,
    DeliveryReport deliveries) {
  private static final long MILLIS_PER_HOUR = 3_600_000;
  private static final int MOST_FINDINGS = 50;

  /** Returns the command's exit status. */
  int status() {
    if (verdict.isEmpty()) {
      return ReconcileCommand.UNSETTLED;
    }
    return verdict.get().findings().isEmpty() && deliveries.sound() ? 0 : CommandException.FAILED;
  }

  /** Returns the answer for people. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    if (books.accounts().isEmpty()) {
      lines.add("no events in these hours");
    } else {
      lines.addAll(table().lines());
    }
    notes(lines);
    if (!withLake || deliveries.sink().isPresent()) {
      List<String> delivered = deliveries.lines();
      if (!delivered.isEmpty()) {
        lines.add("");
        lines.addAll(delivered);
      }
    }
    lines.add("");
    if (verdict.isEmpty()) {
      waiting.forEach((where, count) -> lines.add(number(count) + " under way: " + where));
      lines.add("not known yet: events are under way; ask again, or wait longer with --wait");
      return lines;
    }
    Verdict known = verdict.get();
    known.findings().stream().limit(MOST_FINDINGS).map(ReconcileReport::line).forEach(lines::add);
    if (known.findings().size() > MOST_FINDINGS) {
      lines.add(
          "… and " + number(known.findings().size() - MOST_FINDINGS) + " more; --json has all");
    }
    lines.add(
        known.findings().isEmpty()
            ? "nothing missing, nothing doubled"
            : number(known.missing()) + " missing, " + number(known.doubled()) + " doubled");
    return lines;
  }

  private TextTable table() {
    TextTable table =
        new TextTable(
            List.of(
                "hour (UTC)",
                "project",
                "accepted",
                withLake ? "in the lake" : "written",
                "split",
                "duplicates",
                "dropped",
                "dead letters",
                "redriven",
                "erased",
                "gateway: stored",
                "put aside",
                "rejected",
                "filtered"),
            Set.of(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13));
    books
        .accounts()
        .forEach(
            (bucket, account) ->
                table.row(
                    hour(bucket),
                    bucket.token().isEmpty() ? "-" : bucket.token(),
                    number(account.accepted()),
                    number(account.held()),
                    number(account.split()),
                    number(account.duplicates()),
                    number(account.filtered()),
                    number(account.deadLetters()),
                    number(account.redriven()),
                    number(account.erased()),
                    number(account.stored()),
                    number(account.sumByGateway("dead_letters.")),
                    number(account.sumByGateway("rejected.")),
                    number(account.sumByGateway("filtered"))));
    return table;
  }

  private void notes(List<String> lines) {
    long twice = books.accounts().values().stream().mapToLong(Account::repeatedDeliveries).sum();
    List<String> notes = new ArrayList<>();
    if (!withLake) {
      notes.add(
          "there is no local lake; rows are compared as far as the topics of rows, and the sink"
              + " has to be asked for the rest");
    }
    if (twice > 0) {
      notes.add(number(twice) + " rows were delivered twice; queries show each once");
    }
    long repeated =
        verdict
            .map(v -> v.repeated().values().stream().mapToLong(Long::longValue).sum())
            .orElse(0L);
    if (repeated > 0) {
      notes.add(
          number(repeated)
              + " events came again after HOGFLARE_DEDUP_HOURS; queries show each uuid once");
    }
    if (books.beforeLedger() > 0) {
      notes.add(number(books.beforeLedger()) + " rows are of hours before anything was counted");
    }
    if (books.lostMail() > 0) {
      notes.add(
          number(books.lostMail()) + " pieces of identity mail are dead letters; see 'dlq list'");
    }
    if (!notes.isEmpty()) {
      lines.add("");
      lines.addAll(notes);
    }
  }

  private static String line(Finding finding) {
    return number(finding.count())
        + (finding.kind().missing() ? " missing of " : " doubled of ")
        + (finding.bucket().token().isEmpty() ? "-" : finding.bucket().token())
        + " at "
        + hour(finding.bucket())
        + ": "
        + finding.place().map(place -> place + ", ").orElse("")
        + finding.kind().sentence()
        + finding.example().map(uuid -> " (such as " + uuid + ")").orElse("");
  }

  private static String hour(Bucket bucket) {
    return TimeText.second(bucket.hour() * MILLIS_PER_HOUR).substring(0, 13) + "h";
  }

  private static String number(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /** Returns the answer for programs. */
  String json() {
    JsonBuffer out =
        new JsonBuffer(4_096)
            .openObject()
            .name("balanced")
            .bool(verdict.isPresent() && verdict.get().findings().isEmpty() && deliveries.sound())
            .name("settled")
            .bool(verdict.isPresent())
            .name("missing")
            .number(verdict.map(Verdict::missing).orElse(0L))
            .name("doubled")
            .number(verdict.map(Verdict::doubled).orElse(0L))
            .name("waiting")
            .openObject();
    waiting.forEach((where, count) -> out.name(where).number(count));
    out.closeObject().name("hours").openArray();
    books.accounts().forEach((bucket, account) -> account(out, bucket, account));
    out.closeArray().name("deliveries");
    deliveries.json(out);
    out.name("findings").openArray();
    verdict.ifPresent(v -> v.findings().forEach(finding -> finding(out, finding)));
    return new String(out.closeArray().closeObject().toBytes(), StandardCharsets.UTF_8);
  }

  private static void account(JsonBuffer out, Bucket bucket, Account account) {
    out.separate()
        .openObject()
        .name("hour")
        .string(TimeText.second(bucket.hour() * MILLIS_PER_HOUR))
        .name("token")
        .string(bucket.token())
        .name("accepted")
        .number(account.accepted())
        .name("redriven")
        .number(account.redriven())
        .name("rows_written")
        .number(account.rows() + account.groupRows())
        .name("in_lake")
        .number(account.held())
        .name("split")
        .number(account.split())
        .name("delivered_twice")
        .number(account.repeatedDeliveries())
        .name("duplicates")
        .number(account.duplicates())
        .name("dropped")
        .number(account.filtered())
        .name("dead_letters")
        .number(account.deadLetters())
        .name("erased")
        .number(account.erased())
        .name("gateway")
        .openObject();
    account.byGateway().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(count -> out.name(count.getKey()).number(count.getValue()));
    out.closeObject().closeObject();
  }

  private static void finding(JsonBuffer out, Finding finding) {
    out.separate()
        .openObject()
        .name("hour")
        .string(TimeText.second(finding.bucket().hour() * MILLIS_PER_HOUR))
        .name("token")
        .string(finding.bucket().token())
        .name("kind")
        .string(finding.kind().name().toLowerCase(Locale.ROOT))
        .name("count")
        .number(finding.count());
    finding
        .place()
        .ifPresent(
            place ->
                out.name("topic")
                    .string(place.topic())
                    .name("partition")
                    .number(place.partition())
                    .name("first_offset")
                    .number(place.first())
                    .name("last_offset")
                    .number(place.last()));
    finding.example().ifPresent(uuid -> out.name("example").string(uuid.toString()));
    out.closeObject();
  }
}
