// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.GroupedEvent;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.PersonOverride;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Stage;
import dev.hogflare.contract.Stamp;
import java.util.ArrayList;
import java.util.List;
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

  private final PersonConfig config;
  private final PersonMetrics metrics;
  private final IdentityProtocol protocol;
  private final String mailTopic;
  private final EventReader reader = new EventReader();
  private final MessageCodec messages = new MessageCodec(reader);
  private final RowWriter rows;
  private ActorStore actors;
  private DuplicateFilter duplicates;
  private Step step;

  PersonProcessor(
      PersonConfig config, PersonMetrics metrics, IdentityProtocol protocol, String mailTopic) {
    this.config = config;
    this.protocol = protocol;
    this.metrics = metrics;
    this.mailTopic = mailTopic;
    this.rows = new RowWriter(config.teamId());
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> context) {
    super.init(context);
    actors =
        new ActorStore(
            context.getStateStore(PersonTopology.ACTORS),
            context.getStateStore(PersonTopology.PARKED),
            messages);
    duplicates =
        config.dedupWindow().isZero()
            ? null
            : new DuplicateFilter(context.getStateStore(PersonTopology.SEEN), config.dedupWindow());
    step = new Step();
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    RecordMetadata metadata = context().recordMetadata().orElseThrow();
    boolean isMail = metadata.topic().equals(mailTopic);
    if (!isMail) {
      metrics.countReceived();
    }
    step.begin(record.timestamp());
    try {
      ActorKey self = ActorKey.fromBytes(record.key());
      Message message = isMail ? messages.decode(record.value()) : own(record, metadata);
      if (message instanceof Message.Own own && isRepeated(own.event())) {
        metrics.countDuplicate();
        return;
      }
      step.take(self, record.key(), message);
    } catch (InvalidEventException e) {
      deadLetter(record, metadata, isMail, e.code(), e.getMessage());
      return;
    } catch (MalformedRecordException e) {
      deadLetter(record, metadata, isMail, ErrorCode.MALFORMED_RECORD, e.getMessage());
      return;
    } catch (KafkaException e) {
      // Trouble with Kafka or the disk is not the record's fault; the runner starts the thread
      // anew.
      throw e;
    } catch (RuntimeException e) {
      // A defect of ours must cost one record, not the partition.
      LOG.error(
          "{}-{}@{} met a defect", metadata.topic(), metadata.partition(), metadata.offset(), e);
      deadLetter(record, metadata, isMail, ErrorCode.INTERNAL, e.toString());
      return;
    }
    step.carryOut();
  }

  private Message.Own own(Record<byte[], byte[]> record, RecordMetadata metadata)
      throws InvalidEventException {
    RawEvent raw = RawEvent.read(record.key(), record.value(), record.headers());
    Stamp stamp = new Stamp(record.timestamp(), metadata.partition(), metadata.offset());
    return new Message.Own(reader.read(raw, stamp));
  }

  private boolean isRepeated(PersonEvent event) {
    return duplicates != null
        && duplicates.knows(event.key().token(), event.raw().uuid(), event.stamp().appendedAt());
  }

  private void deadLetter(
      Record<byte[], byte[]> record,
      RecordMetadata metadata,
      boolean isMail,
      ErrorCode code,
      String message) {
    RecordHeaders headers = new RecordHeaders(record.headers());
    DeadLetter.Source source =
        new DeadLetter.Source(metadata.topic(), metadata.partition(), metadata.offset());
    new DeadLetter(Stage.PERSON, code, message, record.timestamp(), source).writeHeaders(headers);
    context().forward(record.withHeaders(headers), PersonTopology.DEAD_LETTERS_SINK);
    if (isMail) {
      metrics.countMalformedMail();
    } else {
      metrics.countDeadLetter(code);
    }
  }

  /** What one actor does in one step, held back until the step has come to its end. */
  private final class Step implements ActorContext {
    private final List<Output> outputs = new ArrayList<>();
    private final List<Runnable> effects = new ArrayList<>();
    private ActorKey self;
    private long timestamp;

    void begin(long recordTimestamp) {
      outputs.clear();
      effects.clear();
      timestamp = recordTimestamp;
    }

    void take(ActorKey actor, byte[] key, Message message) {
      self = actor;
      ActorState state = actors.state(key);
      ActorState next = protocol.handle(self, state, message, this);
      if (isChanged(message, state, next)) {
        effects.add(() -> actors.put(key, next));
      }
      if (state == null && isBirth(message, next)) {
        effects.add(metrics::countBorn);
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

    /** Whether a newcomer made a person: for itself, or for the one that asked for its person. */
    private static boolean isBirth(Message message, ActorState next) {
      return next instanceof ActorState.Root || message instanceof Message.Adopt;
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
      byte[] key = new ActorKey(self.token(), to).toBytes();
      put(key, messages.encode(mail), PersonTopology.MAIL_SINK);
      effects.add(metrics::countMail);
    }

    @Override
    public void row(PersonEvent event, Person personOrNull) {
      byte[] row = rows.event(event, personOrNull);
      List<GroupedEvent.Pending> groups = event.groups();
      if (groups.isEmpty()) {
        put(event.key().toBytes(), row, PersonTopology.EVENTS_SINK);
      } else {
        GroupedEvent grouped =
            new GroupedEvent(
                event.key(), row, event.stamp(), event.raw().arrivedAt(), groups, List.of());
        RecordHeaders headers = new RecordHeaders();
        grouped.writeHeaders(headers);
        outputs.add(
            new Output(
                new Record<>(grouped.visitKey().toBytes(), row, timestamp, headers),
                PersonTopology.GROUP_EVENTS_SINK));
      }
      effects.add(metrics::countRow);
    }

    @Override
    public void snapshot(Person person, Cause cause, String absorbedId, boolean changed) {
      boolean wanted =
          switch (config.snapshots()) {
            case ALL -> true;
            case ON_CHANGE -> changed;
            case OFF -> false;
          };
      if (wanted) {
        byte[] key = new ActorKey(self.token(), person.uuid().toString()).toBytes();
        byte[] snapshot = rows.snapshot(self.token(), person, cause, absorbedId);
        put(key, snapshot, PersonTopology.PERSONS_SINK);
        effects.add(metrics::countSnapshot);
      }
    }

    @Override
    public void override(String id, UUID person, Cause cause) {
      PersonOverride override =
          new PersonOverride(new ActorKey(self.token(), id), person, cause.arrivedAt());
      put(override.key().toBytes(), override.toJson(), PersonTopology.OVERRIDES_SINK);
      effects.add(metrics::countOverride);
    }

    @Override
    public void warn(Warning warning) {
      effects.add(() -> metrics.count(warning));
    }

    @Override
    public void park(long number, Message message) {
      ActorKey actor = self;
      effects.add(() -> actors.park(actor, number, message));
    }

    @Override
    public Message unpark(long number) {
      ActorKey actor = self;
      effects.add(() -> actors.forget(actor, number));
      return actors.parked(actor, number);
    }

    private void put(byte[] key, byte[] value, String sink) {
      outputs.add(new Output(new Record<>(key, value, timestamp), sink));
    }
  }

  /** A record on its way to a sink. */
  private record Output(Record<byte[], byte[]> record, String sink) {}
}
