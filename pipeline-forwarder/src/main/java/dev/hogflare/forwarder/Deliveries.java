// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import dev.hogflare.contract.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes batches through their life with a bounded number of requests in flight.
 *
 * <p>All methods are called by the loop's thread; requests run on virtual threads and hand their
 * outcomes back through the loop's executor. A batch that waits for its next attempt keeps its
 * place, so that a sink in trouble gets fewer requests and not more.
 */
final class Deliveries implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);

  /** What the loop is told about rows. */
  interface Results {
    /** A request with the rows is over. */
    void sent(Batch batch);

    /** The sink has the rows. */
    void delivered(Batch batch);

    /** The sink refuses the row and is not to be asked again. */
    void refused(Row row, ErrorCode code, String message);

    /** The rows are given up, because their partition belongs to somebody else. */
    void returned(List<Row> rows);
  }

  private static final class Shipment {
    private Batch batch;
    private BatchState state;

    private Shipment(Batch batch, BatchState.Ready state) {
      this.batch = batch;
      this.state = state;
    }
  }

  private final RowStream stream;
  private final PipelineClient client;
  private final int slots;
  private final int spare;
  private final Pace pace;
  private final RandomGenerator random;
  private final Executor loop;
  private final Results results;
  private final BytePacer pacer;
  private final SinkStatus status;
  private final ForwarderMetrics metrics;
  private final ExecutorService senders;

  private final Deque<Shipment> ready = new ArrayDeque<>();
  private final Set<Shipment> sending = new HashSet<>();
  private final List<Shipment> waiting = new ArrayList<>();
  private boolean halted;
  private long probeAt;
  private int rows;

  /**
   * Creates a sender without work.
   *
   * @param slots the most batches that are sent or wait for their next attempt
   * @param spare the most batches beyond them for which rows are still read
   * @param pacer bounds the bytes that are sent
   * @param loop runs tasks on the loop's thread, in order
   */
  Deliveries(
      RowStream stream,
      PipelineClient client,
      int slots,
      int spare,
      Pace pace,
      BytePacer pacer,
      RandomGenerator random,
      Executor loop,
      Results results,
      SinkStatus status,
      ForwarderMetrics metrics) {
    this.stream = stream;
    this.client = client;
    this.slots = slots;
    this.spare = spare;
    this.pace = pace;
    this.pacer = pacer;
    this.random = random;
    this.loop = loop;
    this.results = results;
    this.status = status;
    this.metrics = metrics;
    senders =
        Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("send-" + stream.text() + "-", 0).factory());
  }

  /** Takes over a batch. */
  void add(Batch batch) {
    rows += batch.rows().size();
    ready.addLast(new Shipment(batch, new BatchState.Ready(0)));
  }

  /** Returns whether every batch but a few has a place, so that more rows may be read. */
  boolean hasRoom() {
    return ready.size() <= spare;
  }

  /** Returns whether something is going to happen without anybody waiting for a sink in trouble. */
  boolean busy() {
    return !sending.isEmpty() || (!ready.isEmpty() && !halted && waiting.size() < slots);
  }

  /** Returns the number of rows that are here. */
  int rows() {
    return rows;
  }

  /** Returns whether no request is under way or about to be. */
  boolean idle() {
    return sending.isEmpty() && ready.isEmpty() && waiting.isEmpty();
  }

  /** Starts what may be started at this time. */
  void step(long now) {
    for (Iterator<Shipment> all = waiting.iterator(); all.hasNext(); ) {
      Shipment shipment = all.next();
      if (shipment.state instanceof BatchState.Waiting wait && wait.due() - now <= 0) {
        all.remove();
        shipment.state = wait.ready();
        ready.addFirst(shipment);
      }
    }
    while (!ready.isEmpty() && sending.size() + waiting.size() < slots && mayStart(now)) {
      Optional<BytePacer.Ticket> ticket = pacer.start(ready.peekFirst().batch.bodyBytes(), now);
      if (ticket.isEmpty()) {
        return;
      }
      start(ready.pollFirst(), ticket.get());
    }
  }

  /** Returns the time until {@link #step} has something to do, or a very long one. */
  long nanosUntilDue(long now) {
    long nanos = Long.MAX_VALUE;
    for (Shipment shipment : waiting) {
      if (shipment.state instanceof BatchState.Waiting wait) {
        nanos = Math.min(nanos, Math.max(0, wait.due() - now));
      }
    }
    if (halted && sending.isEmpty() && !ready.isEmpty()) {
      nanos = Math.min(nanos, Math.max(0, probeAt - now));
    }
    if (!ready.isEmpty() && sending.size() + waiting.size() < slots && mayStart(now)) {
      nanos = Math.min(nanos, pacer.nanosUntilStart(ready.peekFirst().batch.bodyBytes(), now));
    }
    return nanos;
  }

  /** Gives up the rows of dropped partitions, except those under way. */
  void removeDropped() {
    ready.removeIf(shipment -> !keepOwned(shipment));
    waiting.removeIf(shipment -> !keepOwned(shipment));
  }

  /** Gives up everything, also what is under way. */
  void giveUp() {
    List<Shipment> all = new ArrayList<>(ready);
    all.addAll(sending);
    all.addAll(waiting);
    ready.clear();
    sending.clear();
    waiting.clear();
    for (Shipment shipment : all) {
      giveBack(shipment.batch.rows());
    }
  }

  /** Breaks off the requests that are under way. */
  @Override
  public void close() {
    senders.shutdownNow();
  }

  // While the sink does not want us, one request at a time finds out whether it does again.
  private boolean mayStart(long now) {
    return !halted || (sending.isEmpty() && probeAt - now <= 0);
  }

  private void start(Shipment shipment, BytePacer.Ticket ticket) {
    if (!(shipment.state instanceof BatchState.Ready state)) {
      throw new IllegalStateException("A batch is sent while " + shipment.state + ".");
    }
    shipment.state = state.send();
    sending.add(shipment);
    Batch batch = shipment.batch;
    senders.execute(() -> send(shipment, batch, ticket));
  }

  private void send(Shipment shipment, Batch batch, BytePacer.Ticket ticket) {
    // Told if the client throws: a defect of ours must cost neither a place nor rows.
    Outcome outcome =
        new Outcome.Unanswered(Outcome.Failure.BROKEN, "the request failed in the forwarder");
    long start = System.nanoTime();
    try {
      outcome = client.send(batch);
    } catch (InterruptedException e) {
      // Only close interrupts, after the rows were given up.
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.error("A request of the {} stream failed in the forwarder.", stream.text(), e);
    } finally {
      Outcome told = outcome;
      long end = System.nanoTime();
      long nanos = end - start;
      pacer.over(ticket, told instanceof Outcome.Accepted, end);
      loop.execute(
          () -> {
            metrics.request(told, batch.bodyBytes(), nanos);
            results.sent(batch);
            answered(shipment, told);
          });
    }
  }

  private void answered(Shipment shipment, Outcome outcome) {
    if (!sending.remove(shipment) || !(shipment.state instanceof BatchState.Sending state)) {
      return; // Given up meanwhile.
    }
    Decision decision = pace.retry().decide(outcome, shipment.batch, state.attempt(), random);
    long now = System.nanoTime();
    tell(outcome, decision, now);
    if (!(decision instanceof Decision.Deliver)) {
      int before = shipment.batch.rows().size();
      if (!keepOwned(shipment)) {
        return;
      }
      if (shipment.batch.rows().size() < before) {
        // The decision was about rows that are no longer here; the others find out for themselves.
        shipment.state = new BatchState.Ready(state.attempt());
        ready.addFirst(shipment);
        return;
      }
    }
    shipment.state = state.after(decision, now);
    switch (shipment.state) {
      case BatchState.Ready again -> ready.addFirst(shipment);
      case BatchState.Sending sent ->
          throw new IllegalStateException("A request cannot end as " + sent + ".");
      case BatchState.Waiting wait -> waiting.add(shipment);
      case BatchState.Delivered delivered -> {
        rows -= shipment.batch.rows().size();
        results.delivered(shipment.batch);
      }
      case BatchState.Halved halved -> {
        for (Batch half : shipment.batch.halves().reversed()) {
          ready.addFirst(new Shipment(half, new BatchState.Ready(0)));
        }
      }
      case BatchState.Refused refused -> {
        rows--;
        results.refused(shipment.batch.rows().getFirst(), refused.code(), refused.message());
      }
    }
  }

  private void tell(Outcome outcome, Decision decision, long now) {
    switch (decision) {
      case Decision.Deliver deliver -> {
        halted = false;
        status.accepted();
      }
      case Decision.RetryAfter retry -> status.failed(outcome);
      case Decision.Split split -> {
        halted = false;
        status.admitted();
      }
      case Decision.DeadLetter dead -> {
        halted = false;
        status.refused();
      }
      case Decision.Halt halt -> {
        halted = true;
        status.halted(halt, pace.probe());
      }
    }
    if (halted) {
      probeAt = now + pace.probe().toNanos();
    }
  }

  private boolean keepOwned(Shipment shipment) {
    List<Row> dropped = shipment.batch.droppedRows();
    if (dropped.isEmpty()) {
      return true;
    }
    List<Row> owned = shipment.batch.ownedRows();
    giveBack(dropped);
    if (owned.isEmpty()) {
      return false;
    }
    shipment.batch = new Batch(owned);
    return true;
  }

  private void giveBack(List<Row> back) {
    rows -= back.size();
    results.returned(back);
  }
}
