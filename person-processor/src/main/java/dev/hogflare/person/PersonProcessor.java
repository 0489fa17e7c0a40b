// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.CopiedStamp;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.EventKind;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.GroupedEvent;
import dev.hogflare.contract.LedgerCount;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.PersonOverride;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.RedriveMark;
import dev.hogflare.contract.Stage;
import dev.hogflare.contract.Stamp;
import dev.hogflare.contract.Uuids;
import dev.hogflare.runtime.Ledger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feeds raw events and mail to the identity protocol, one record at a time, and forwards what comes
 * of it.
 *
 * <p>Used by one stream thread. A record that cannot be processed goes to the dead letters and
 * stops nothing: what a step would send and store is held back until the step has succeeded.
 */
final class PersonProcessor extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
  private static final Logger LOG = LoggerFactory.getLogger(PersonProcessor.class);

  /** The operation of the snapshot of a person that was deleted. */
  private static final String DELETE = "delete";

  private final PersonConfig config;
  private final GenerationRecord generation;
  private final PersonMetrics metrics;
  private final Ledger ledger;
  private final IdentityProtocol protocol;
  private final String eventsTopic;
  private final String mailTopic;
  private final EventReader reader = new EventReader();
  private final MessageCodec messages = new MessageCodec(reader);
  private final RowWriter rows;

  /** What raw events go through first, or null. */
  private final EventTransformer transformer;

  private ActorStore actors;
  private ClaimStore claimStore;
  private DuplicateFilter duplicates;
  private GateStore gate;
  private Step step;

  /** The offset of the last raw event read since the start or the last rollback, or -1. */
  private long readUpTo;

  /** The event of the record at hand, or null if it cannot be read or is none. */
  private RawEvent raw;

  PersonProcessor(
      PersonConfig config,
      GenerationRecord generation,
      PersonMetrics metrics,
      IdentityProtocol protocol,
      String eventsTopic,
      String mailTopic) {
    this.config = config;
    this.generation = generation;
    this.protocol = protocol;
    this.metrics = metrics;
    this.ledger = metrics.ledger();
    this.eventsTopic = eventsTopic;
    this.mailTopic = mailTopic;
    this.rows = new RowWriter(config.teamId());
    this.transformer = config.transformations().map(EventTransformer::new).orElse(null);
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> context) {
    super.init(context);
    actors =
        new ActorStore(
            context.getStateStore(PersonTopology.ACTORS),
            context.getStateStore(PersonTopology.PARKED));
    claimStore = new ClaimStore(context.getStateStore(PersonTopology.CLAIMS));
    duplicates =
        config.dedupWindow().isZero()
            ? null
            : new DuplicateFilter(context.getStateStore(PersonTopology.SEEN), config.dedupWindow());
    gate =
        new GateStore(
            generation,
            context.taskId().partition(),
            context.getStateStore(PersonTopology.GENERATION));
    step = new Step();
    // Kafka Streams calls this again when a transaction has failed and the task goes back to the
    // last commit: what was read behind it is read again.
    readUpTo = -1;
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    RecordMetadata metadata = context().recordMetadata().orElseThrow();
    boolean isMail = metadata.topic().equals(mailTopic);
    boolean muted;
    raw = null;
    if (isMail) {
      muted = MessageCodec.isMuted(record.value());
    } else {
      metrics.countReceived();
      if (metadata.topic().equals(eventsTopic)) {
        readUpTo = metadata.offset();
      }
      GateStore.Side side = gate.side(metadata.topic(), metadata.offset());
      muted = side == GateStore.Side.MUTED;
      if (RawCommand.isCommand(record.headers())) {
        obey(record, metadata, side);
        return;
      }
      if (side == GateStore.Side.CLOSED) {
        metrics.countLeft();
        return;
      }
    }
    step.begin(record.timestamp(), muted);
    try {
      ActorKey self = ActorKey.fromBytes(record.key());
      Message message = isMail ? messages.decode(record.value()) : own(record, metadata, muted);
      if (message == null) {
        metrics.countFiltered();
        if (!muted) {
          ledger.count(self.token(), raw.arrivedAt(), LedgerCount.FILTERED);
        }
        return;
      }
      if (message instanceof Message.Own own && isRepeated(own.event())) {
        metrics.countDuplicate();
        if (!muted) {
          ledger.count(self.token(), raw.arrivedAt(), LedgerCount.DUPLICATES);
        }
        return;
      }
      step.take(
          self,
          record.key(),
          isMail ? MessageCodec.addressee(record.value()) : MessageCodec.WHOEVER_READS_THE_CLAIM,
          message);
    } catch (InvalidEventException e) {
      deadLetter(record, metadata, isMail, muted, e.code(), e.getMessage());
      return;
    } catch (MalformedRecordException e) {
      deadLetter(record, metadata, isMail, muted, ErrorCode.MALFORMED_RECORD, e.getMessage());
      return;
    } catch (KafkaException e) {
      // Trouble with Kafka or the disk is not the record's fault; the runner starts the thread
      // anew.
      throw e;
    } catch (RuntimeException e) {
      // A defect of ours must cost one record, not the partition.
      LOG.error(
          "{}-{}@{} met a defect", metadata.topic(), metadata.partition(), metadata.offset(), e);
      deadLetter(record, metadata, isMail, muted, ErrorCode.INTERNAL, e.toString());
      return;
    }
    step.carryOut();
  }

  /** Does what a raw record says that is no event. */
  private void obey(Record<byte[], byte[]> record, RecordMetadata metadata, GateStore.Side side) {
    try {
      switch (RawCommand.read(record.value(), record.headers())) {
        case RawCommand.Cutover cutover -> gate.pass(metadata.topic(), cutover);
        case RawCommand.Claim claim -> claim(record, metadata, claim);
        case RawCommand.DeletePerson delete ->
            delete(record, metadata, delete, side != GateStore.Side.OPEN);
      }
      metrics.countCommand();
    } catch (MalformedRecordException e) {
      disobeyed(record, metadata, side, ErrorCode.MALFORMED_RECORD, e.getMessage());
    } catch (KafkaException e) {
      throw e;
    } catch (RuntimeException e) {
      LOG.error(
          "{}-{}@{} met a defect", metadata.topic(), metadata.partition(), metadata.offset(), e);
      disobeyed(record, metadata, side, ErrorCode.INTERNAL, e.toString());
    }
  }

  private void disobeyed(
      Record<byte[], byte[]> record,
      RecordMetadata metadata,
      GateStore.Side side,
      ErrorCode code,
      String message) {
    if (side == GateStore.Side.CLOSED) {
      metrics.countLeft();
    } else {
      deadLetter(record, metadata, false, side == GateStore.Side.MUTED, code, message);
    }
  }

  /**
   * Takes a claim, on either side of a marker: questions about events from before it wait for
   * claims from behind it, and have to be answered by the generation that asked.
   */
  private void claim(
      Record<byte[], byte[]> record, RecordMetadata metadata, RawCommand.Claim claim) {
    step.begin(record.timestamp(), true);
    step.take(
        ActorKey.fromBytes(record.key()),
        record.key(),
        MessageCodec.WHOEVER_READS_THE_CLAIM,
        new Message.Claimed(claim.claimant(), metadata.offset(), stamp(record, metadata)));
    step.carryOut();
  }

  /** Ends a life of a distinct id, on either side of a marker for the same reason. */
  private void delete(
      Record<byte[], byte[]> record,
      RecordMetadata metadata,
      RawCommand.DeletePerson delete,
      boolean muted) {
    step.begin(record.timestamp(), muted);
    step.delete(
        ActorKey.fromBytes(record.key()),
        record.key(),
        metadata.offset(),
        stamp(record, metadata),
        delete.requestedAt());
    step.carryOut();
  }

  /** Returns the event of a raw record, or null if a transformation drops it. */
  private Message.Own own(Record<byte[], byte[]> record, RecordMetadata metadata, boolean muted)
      throws InvalidEventException {
    raw = RawEvent.read(record.key(), record.value(), record.headers());
    if (!muted) {
      noteReceived(raw.key().token(), raw.arrivedAt(), record, metadata);
    }
    RawEvent event = transformer == null ? raw : transformer.transformedOrNull(raw);
    return event == null
        ? null
        : new Message.Own(reader.read(event, stamp(record, metadata)), null);
  }

  private static Stamp stamp(Record<byte[], byte[]> record, RecordMetadata metadata) {
    return CopiedStamp.orOwn(
        record.headers(), new Stamp(record.timestamp(), metadata.partition(), metadata.offset()));
  }

  private void noteReceived(
      String token, long arrivedAt, Record<byte[], byte[]> record, RecordMetadata metadata) {
    ledger.received(
        token,
        arrivedAt,
        RedriveMark.isRedriven(record.headers()),
        metadata.topic(),
        metadata.partition(),
        metadata.offset());
  }

  /** Counts a dead letter of which perhaps nothing can be read but its key and headers. */
  private void noteDeath(
      Record<byte[], byte[]> record, RecordMetadata metadata, boolean isMail, ErrorCode code) {
    if (raw != null) {
      ledger.deadLetter(raw.key().token(), raw.arrivedAt(), code);
      return;
    }
    String token = ActorKey.tokenOf(record.key());
    long arrivedAt = RawEvent.arrivedAt(record.headers(), record.timestamp() * 1_000);
    if (isMail) {
      ledger.count(token, arrivedAt, LedgerCount.LOST_MAIL);
    } else {
      noteReceived(token, arrivedAt, record, metadata);
      ledger.deadLetter(token, arrivedAt, code);
    }
  }

  private boolean isRepeated(PersonEvent event) {
    return duplicates != null
        && duplicates.knows(event.key().token(), event.raw().uuid(), event.stamp().appendedAt());
  }

  private void deadLetter(
      Record<byte[], byte[]> record,
      RecordMetadata metadata,
      boolean isMail,
      boolean muted,
      ErrorCode code,
      String message) {
    if (muted) {
      // The generation that writes the rows writes the dead letter, too.
      if (isMail) {
        metrics.countMalformedMail();
      } else {
        metrics.countMuted();
      }
      return;
    }
    RecordHeaders headers = new RecordHeaders(record.headers());
    DeadLetter.Source source =
        new DeadLetter.Source(metadata.topic(), metadata.partition(), metadata.offset());
    new DeadLetter(Stage.PERSON, code, message, record.timestamp(), source).writeHeaders(headers);
    context().forward(record.withHeaders(headers), PersonTopology.DEAD_LETTERS_SINK);
    noteDeath(record, metadata, isMail, code);
    if (isMail) {
      metrics.countMalformedMail();
    } else {
      metrics.countDeadLetter(code);
    }
  }

  /** What one actor does in one step, held back until the step has come to its end. */
  private final class Step implements ActorContext {
    private static final long NOT_DELETED = -1;

    private final List<Output> outputs = new ArrayList<>();
    private final List<Runnable> effects = new ArrayList<>();
    private final Map<Long, byte[]> parked = new HashMap<>();
    private ActorKey key;
    private Actor self;
    private boolean over;
    private Claims claims;
    private long timestamp;

    /** Whether another generation writes what comes of the message that is being handled. */
    private boolean muted;

    void begin(long recordTimestamp, boolean recordMuted) {
      outputs.clear();
      effects.clear();
      parked.clear();
      claims = null;
      timestamp = recordTimestamp;
      muted = recordMuted;
    }

    /**
     * Takes a message.
     *
     * @param addressee which life of the distinct id is meant, as {@link MessageCodec} counts
     */
    void take(ActorKey id, byte[] bytes, int addressee, Message message) {
      Lives lives = actors.lives(bytes);
      if (addressee != MessageCodec.WHOEVER_READS_THE_CLAIM) {
        if (addressee < 0 || addressee > lives.current() + 1) {
          throw new MalformedRecordException("The mail is for a life that was never lived.");
        }
        handle(id, bytes, lives, addressee - 1, message, NOT_DELETED);
      } else if (message instanceof Message.Question question) {
        int life = protocol.lifeAsked(lives, question);
        String asked = Actor.name(id.distinctId(), life);
        handle(id, bytes, lives, life, question.askedOf(asked), NOT_DELETED);
      } else {
        handle(id, bytes, lives, lives.current(), message, NOT_DELETED);
      }
    }

    /** Ends the present life of a distinct id. */
    void delete(ActorKey id, byte[] bytes, long offset, Stamp stamp, long requestedAt) {
      Lives lives = actors.lives(bytes);
      int life = lives.current();
      Cause cause = new Cause(stamp, requestedAt, Uuids.deletion(id, life), DELETE);
      Message.Deleted deleted = new Message.Deleted(Actor.name(id.distinctId(), life), cause);
      handle(id, bytes, lives, life, deleted, offset);
    }

    private void handle(
        ActorKey id, byte[] bytes, Lives lives, int life, Message message, long deletedAt) {
      key = id;
      Actor actor = Actor.of(id, life);
      self = actor;
      over = life < lives.current();
      ActorState state = life == 0 ? lives.firstOrNull() : actors.state(actor);
      ActorState next = protocol.handle(actor, state, message, this);
      boolean changed = isChanged(message, state, next);
      if (changed && life > 0) {
        effects.add(() -> actors.put(actor, next));
      }
      boolean ended = deletedAt != NOT_DELETED;
      if (ended || (changed && life == 0)) {
        Lives after = ended ? lives.deletedAt(deletedAt) : lives;
        effects.add(() -> actors.put(bytes, life == 0 ? after.with(next) : after));
      }
      if (message instanceof Message.Own own) {
        effects.add(() -> remember(own.event()));
      }
    }

    /** A person is changed in place, by everything but an event that only reads it. */
    private static boolean isChanged(Message message, ActorState state, ActorState next) {
      if (next instanceof ActorState.Root && state instanceof ActorState.Root) {
        return switch (message) {
          case Message.Own own -> !own.event().readsOnly();
          case Message.Forward forward -> !forward.event().readsOnly();
          default -> true;
        };
      }
      return next != null && !next.equals(state);
    }

    private void remember(PersonEvent event) {
      event.warnings().forEach(metrics::count);
      if (duplicates != null) {
        duplicates.note(event.key().token(), event.raw().uuid(), event.stamp().appendedAt());
      }
    }

    void carryOut() {
      for (Runnable effect : effects) {
        effect.run();
      }
      for (Output output : outputs) {
        context().forward(output.record(), output.sink());
      }
    }

    @Override
    public void send(String to, Message.Mail mail) {
      post(Actor.id(to), Actor.life(to) + 1, mail);
    }

    @Override
    public void ask(String distinctId, Message.Question question) {
      post(distinctId, MessageCodec.WHOEVER_READS_THE_CLAIM, question);
    }

    private void post(String distinctId, int addressee, Message.Mail mail) {
      byte[] to = new ActorKey(self.token(), distinctId).toBytes();
      put(to, messages.encode(mail, muted, addressee), PersonTopology.MAIL_SINK);
      effects.add(metrics::countMail);
    }

    @Override
    public boolean isOver() {
      return over;
    }

    @Override
    public void row(PersonEvent event, Person personOrNull) {
      List<GroupedEvent.Pending> groups = event.groups();
      effects.add(muted ? metrics::countMuted : metrics::countRow);
      if (muted && (groups.isEmpty() || !generation.hasGroups())) {
        return;
      }
      if (!muted) {
        LedgerCount way = groups.isEmpty() ? LedgerCount.ROWS : LedgerCount.GROUPED;
        effects.add(() -> ledger.count(event.key().token(), event.raw().arrivedAt(), way));
      }
      UUID personId = personOrNull == null ? self.uuid() : personOrNull.uuid();
      if (event.kind() == EventKind.RECORDING) {
        recording(event, personOrNull, personId);
        return;
      }
      byte[] row = rows.event(event, personOrNull, personId);
      if (groups.isEmpty()) {
        put(event.key().toBytes(), row, PersonTopology.EVENTS_SINK);
        return;
      }
      GroupedEvent grouped =
          new GroupedEvent(
              event.key(), row, event.stamp(), event.raw().arrivedAt(), groups, List.of(), muted);
      RecordHeaders headers = new RecordHeaders();
      grouped.writeHeaders(headers);
      outputs.add(
          new Output(
              new Record<>(grouped.visitKey().toBytes(), row, timestamp, headers),
              PersonTopology.GROUP_EVENTS_SINK));
    }

    private void recording(PersonEvent event, Person personOrNull, UUID personId) {
      RecordingRows recording = RecordingRows.of(rows, event, personOrNull, personId);
      byte[] to = event.key().toBytes();
      recording.rows().forEach(row -> put(to, row, PersonTopology.RECORDINGS_SINK));
      int more = recording.rows().size() - 1;
      effects.add(() -> metrics.countItems(recording.outcomes()));
      effects.add(() -> metrics.countSplit(more));
      for (int i = 0; i < more; i++) {
        String token = event.key().token();
        long arrivedAt = event.raw().arrivedAt();
        effects.add(() -> ledger.count(token, arrivedAt, LedgerCount.ROWS));
        effects.add(() -> ledger.count(token, arrivedAt, LedgerCount.SPLIT));
      }
    }

    @Override
    public void snapshot(Person person, Cause cause, String absorbedId, boolean changed) {
      boolean wanted =
          switch (config.snapshots()) {
            case ALL -> true;
            case ON_CHANGE -> changed;
            case OFF -> false;
          };
      if (wanted && !muted) {
        byte[] of = new ActorKey(self.token(), person.uuid().toString()).toBytes();
        byte[] snapshot = rows.snapshot(self.token(), person, cause, absorbedId);
        put(of, snapshot, PersonTopology.PERSONS_SINK);
        effects.add(metrics::countSnapshot);
      }
    }

    @Override
    public void override(String id, UUID person, Cause cause) {
      if (muted) {
        return;
      }
      Actor actor = new Actor(self.token(), id);
      PersonOverride override = new PersonOverride(actor.key(), person, cause.arrivedAt());
      put(actor.toBytes(), override.toJson(), PersonTopology.OVERRIDES_SINK);
      effects.add(metrics::countOverride);
    }

    @Override
    public void forgetOverride(String id) {
      if (!muted) {
        put(new Actor(self.token(), id).toBytes(), null, PersonTopology.OVERRIDES_SINK);
        effects.add(metrics::countOverride);
      }
    }

    @Override
    public void warn(Warning warning) {
      effects.add(() -> metrics.count(warning));
    }

    @Override
    public void park(long number, Message message) {
      Actor actor = self;
      byte[] bytes = messages.encode(message, muted);
      parked.put(number, bytes);
      effects.add(() -> actors.park(actor, number, bytes));
    }

    @Override
    public Message unpark(long number) {
      Actor actor = self;
      effects.add(() -> actors.forget(actor, number));
      byte[] now = parked.remove(number);
      byte[] bytes = now == null ? actors.parked(actor, number) : now;
      // What is handled from here on belongs to the event that was parked.
      muted = MessageCodec.isMuted(bytes);
      return messages.decode(bytes);
    }

    @Override
    public void born() {
      if (!muted) {
        effects.add(metrics::countBorn);
      }
    }

    @Override
    public Claims claims() {
      if (claims == null) {
        claims = claimStore.get(self);
      }
      return claims;
    }

    @Override
    public void claims(Claims now) {
      Actor actor = self;
      claims = now;
      effects.add(() -> claimStore.put(actor, now));
    }

    @Override
    public boolean isPast(long offset) {
      return readUpTo >= offset;
    }

    @Override
    public void await(long offset, Message.Question question) {
      ActorKey actor = key;
      byte[] bytes = messages.encode(question, muted);
      effects.add(() -> claimStore.await(actor, offset, bytes));
    }

    @Override
    public long waiting(long offset) {
      ActorKey actor = key;
      long waiting = claimStore.waiting(actor, offset);
      if (waiting > 0) {
        effects.add(() -> claimStore.forget(actor, offset, waiting));
      }
      return waiting;
    }

    @Override
    public Message awaited(long offset, long number) {
      byte[] bytes = claimStore.question(key, offset, number);
      // What is handled from here on belongs to the event behind the question.
      muted = MessageCodec.isMuted(bytes);
      return ((Message.Question) messages.decode(bytes)).askedOf(self.name());
    }

    private void put(byte[] to, byte[] value, String sink) {
      outputs.add(new Output(new Record<>(to, value, timestamp), sink));
    }
  }

  /** A record on its way to a sink. */
  private record Output(Record<byte[], byte[]> record, String sink) {}
}
