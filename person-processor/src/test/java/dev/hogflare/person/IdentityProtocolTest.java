// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.Route;
import dev.hogflare.contract.Stamp;
import dev.hogflare.contract.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Single steps of actors, above all at the limits; the simulation has everything between them. */
class IdentityProtocolTest {
  private static final Cause CAUSE = new Cause(Sent.STAMP, Events.ARRIVED_AT, Sent.ROW, "identify");

  private final IdentityProtocol protocol = new IdentityProtocol();
  private final Notes notes = new Notes();

  /** Writes down what an actor does. */
  private static final class Notes implements ActorContext {
    final List<String> to = new ArrayList<>();
    final List<Message.Mail> mail = new ArrayList<>();
    final List<Warning> warnings = new ArrayList<>();
    final List<String> overrides = new ArrayList<>();
    final Map<Long, List<Message.Question>> waiting = new TreeMap<>();
    final List<String> forgotten = new ArrayList<>();
    Claims claims = Claims.NONE;
    boolean over;
    int rows;
    int snapshots;

    @Override
    public void send(String receiver, Message.Mail message) {
      to.add(receiver);
      mail.add(message);
    }

    @Override
    public void ask(String receiver, Message.Question question) {
      send(receiver, question);
    }

    @Override
    public boolean isOver() {
      return over;
    }

    @Override
    public void row(PersonEvent event, Person personOrNull) {
      rows++;
    }

    @Override
    public void snapshot(Person person, Cause cause, String absorbedId, boolean changed) {
      snapshots++;
    }

    @Override
    public void override(String id, UUID person, Cause cause) {
      overrides.add(id);
    }

    @Override
    public void forgetOverride(String id) {
      forgotten.add(id);
    }

    @Override
    public void warn(Warning warning) {
      warnings.add(warning);
    }

    @Override
    public void park(long number, Message message) {
      throw new AssertionError("nothing is parked here");
    }

    @Override
    public Message unpark(long number) {
      throw new AssertionError("nothing is parked here");
    }

    @Override
    public void born() {
      // The simulation counts them.
    }

    @Override
    public Claims claims() {
      return claims;
    }

    @Override
    public void claims(Claims now) {
      claims = now;
    }

    @Override
    public boolean isPast(long offset) {
      return false;
    }

    @Override
    public void await(long offset, Message.Question question) {
      waiting.computeIfAbsent(offset, o -> new ArrayList<>()).add(question);
    }

    @Override
    public long waiting(long offset) {
      return waiting.getOrDefault(offset, List.of()).size();
    }

    @Override
    public Message awaited(long offset, long number) {
      return waiting.get(offset).get((int) number);
    }
  }

  private static Actor key(String id) {
    return new Actor(Events.TOKEN, id);
  }

  private static ActorState.Root root(String id, int ids) {
    Person person = Person.born(key(id), new Stamp(1, 0, 0), 1);
    for (int i = 1; i < ids; i++) {
      assertThat(person.add(id + "-" + i)).isTrue();
    }
    return new ActorState.Root(person);
  }

  private static Message.Own identify(String id, String other) {
    try {
      PersonEvent event =
          Sent.on(
                  Route.BATCH,
                  "{'event':'$identify','properties':{'$anon_distinct_id':'" + other + "'}}")
              .by(id)
              .read();
      return new Message.Own(event, null);
    } catch (InvalidEventException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Message.Join join(String root, boolean identified, MergeMode mode) {
    UUID person = key(root).uuid();
    return new Message.Join(
        root,
        person,
        new Rank(identified, new Stamp(1, 0, 0), person),
        mode,
        -1,
        Claim.NONE,
        CAUSE);
  }

  @Test
  void aPersonWithTheMostIdsDoesNotAskForMore() {
    ActorState.Root full = root("U", Person.MAX_IDS);
    ActorState after = protocol.handle(key("U"), full, identify("U", "A"), notes);
    assertThat(after).isSameAs(full);
    assertThat(notes.warnings).containsExactly(Warning.PERSON_HAS_TOO_MANY_DISTINCT_IDS);
    assertThat(notes.mail).isEmpty();
    assertThat(notes.rows).as("the event stays").isEqualTo(1);
    assertThat(full.person().identified()).isTrue();
    assertThat(full.person().ids()).hasSize(Person.MAX_IDS);
  }

  @Test
  void aPersonWithOneIdLessStillAsks() {
    ActorState.Root almost = root("U", Person.MAX_IDS - 1);
    assertThat(protocol.handle(key("U"), almost, identify("U", "A"), notes)).isSameAs(almost);
    assertThat(notes.to).containsExactly("A");
    assertThat(notes.mail.get(0)).isInstanceOf(Message.Join.class);
  }

  @Test
  void aPersonWithTheMostIdsDoesNotGiveWay() {
    ActorState.Root full = root("A", Person.MAX_IDS);
    for (MergeMode mode : List.of(MergeMode.GUARDED, MergeMode.DANGEROUS)) {
      assertThat(protocol.handle(key("A"), full, join("U", true, mode), notes)).isSameAs(full);
    }
    assertThat(notes.mail).isEmpty();
    assertThat(notes.warnings)
        .containsExactly(
            Warning.PERSON_HAS_TOO_MANY_DISTINCT_IDS, Warning.PERSON_HAS_TOO_MANY_DISTINCT_IDS);
  }

  @Test
  void theAnswerToAQuestionOfItsOwnIsNotRefusedAtTheLimit() {
    ActorState.Root full = root("A", Person.MAX_IDS);
    ActorState after = protocol.handle(key("A"), full, join("U", true, MergeMode.COUNTER), notes);
    assertThat(after).isEqualTo(new ActorState.Link("U", List.of(Sent.STAMP)));
    assertThat(notes.mail.get(0)).isInstanceOf(Message.Absorbed.class);
  }

  @Test
  void aNewcomerThatAsksAFullPersonGetsOneOfItsOwn() {
    ActorState.Root full = root("A", Person.MAX_IDS);
    full.person().identify(key("A"), new Stamp(2, 0, 0), "A");
    Message.Adopt adopt = new Message.Adopt("U", "A", List.of("U"), Claim.NONE, CAUSE);
    assertThat(protocol.handle(key("A"), full, adopt, notes)).isSameAs(full);
    assertThat(notes.warnings).containsExactly(Warning.PERSON_HAS_TOO_MANY_DISTINCT_IDS);
    assertThat(notes.to).containsExactly("U");
    assertThat(notes.mail.get(0))
        .isInstanceOfSatisfying(
            Message.Adopted.class,
            adopted -> {
              assertThat(adopted.person().ids()).containsExactly("U");
              assertThat(adopted.person().uuid()).isEqualTo(key("U").uuid());
            });
    assertThat(notes.overrides).isEmpty();
  }

  @Test
  void propertiesThatNoPersonCanHoldAreLeftOutOfAMerge() {
    ActorState.Root survivor = root("U", 1);
    fill(survivor.person(), "mine", IdentityProtocol.MAX_MERGED_PROPERTIES - 1_000);
    Person absorbed = Person.born(key("A"), new Stamp(3, 0, 0), 3);
    fill(absorbed, "theirs", 2_000);
    ActorState after =
        protocol.handle(key("U"), survivor, new Message.Absorbed(absorbed, "A", CAUSE), notes);
    assertThat(after).isSameAs(survivor);
    assertThat(notes.warnings).containsExactly(Warning.PERSON_PROPERTIES_SIZE_VIOLATION);
    assertThat(survivor.person().ids()).as("the merge itself counts").containsExactly("A", "U");
    assertThat(survivor.person().properties().setEntries()).containsOnlyKeys("mine");
    assertThat(notes.overrides).containsExactly("A");
    assertThat(notes.snapshots).isEqualTo(1);
  }

  @Test
  void propertiesThatFitAreTakenOver() {
    ActorState.Root survivor = root("U", 1);
    fill(survivor.person(), "mine", 1_000);
    Person absorbed = Person.born(key("A"), new Stamp(3, 0, 0), 3);
    fill(absorbed, "theirs", 2_000);
    assertThat(
            protocol.handle(key("U"), survivor, new Message.Absorbed(absorbed, "A", CAUSE), notes))
        .isSameAs(survivor);
    assertThat(notes.warnings).isEmpty();
    assertThat(survivor.person().properties().setEntries()).containsOnlyKeys("mine", "theirs");
  }

  private static void fill(Person person, String name, long bytes) {
    byte[] value = Json.bytes("'" + "x".repeat((int) bytes - 100) + "'");
    PropertyUpdate update = new PropertyUpdate(Map.of(name, value), Map.of(), Set.of());
    assertThat(person.properties().apply(update, new Stamp(4, 0, 0), "U", 0)).isTrue();
  }

  @Test
  void whateverIsMergedAtOnceStillFitsIntoARecord() {
    // In JSON each of these characters takes six bytes.
    String worst = "\u0001".repeat(190);
    ActorState.Root survivor = root("U", 1);
    for (int n = 0; n < 6; n++) {
      Person other = Person.born(key("other " + n), new Stamp(3, 0, n), 3);
      for (int i = 0; i < 9_000; i++) {
        boolean ignored = other.add(worst + n + '/' + i);
        assertThat(ignored || i > 0).isTrue();
      }
      for (int i = 0; other.properties().size() < IdentityProtocol.MAX_PROPERTIES; i++) {
        PropertyUpdate update =
            new PropertyUpdate(
                Map.of(worst + n + '/' + i, Json.bytes("1")), Map.of(), Set.of("gone" + n + i));
        assertThat(other.properties().apply(update, new Stamp(4, 0, i), "U", 0)).isTrue();
      }
      Message.Absorbed absorbed = new Message.Absorbed(other, "other " + n, CAUSE);
      assertThat(protocol.handle(key("U"), survivor, absorbed, notes)).isSameAs(survivor);
    }
    assertThat(notes.warnings).contains(Warning.PERSON_HAS_TOO_MANY_DISTINCT_IDS);
    assertThat(notes.overrides).as("every id is told where it belongs").hasSizeGreaterThan(6);
    byte[] snapshot =
        new RowWriter(Optional.empty()).snapshot(Events.TOKEN, survivor.person(), CAUSE, "");
    assertThat(snapshot.length).isLessThan(Topics.MAX_RECORD_BYTES * 4 / 5);
    byte[] state = new StateCodec().encode(survivor);
    assertThat(state.length).isLessThan(Topics.MAX_RECORD_BYTES * 4 / 5);
    byte[] mail =
        new MessageCodec(new EventReader())
            .encode(new Message.Adopted(survivor.person(), "A", CAUSE));
    assertThat(mail.length).isLessThan(Topics.MAX_RECORD_BYTES * 4 / 5);
  }

  @Test
  void aPersonWhoseIdsAreLongIsFullEarlier() {
    ActorState.Root root = root("U", 1);
    while (!root.person().isFull()) {
      assertThat(root.person().add("x".repeat(190) + root.person().ids().size())).isTrue();
    }
    assertThat(root.person().ids()).hasSizeBetween(2_000, 5_000);
    assertThat(protocol.handle(key("U"), root, identify("U", "A"), notes)).isSameAs(root);
    assertThat(notes.warnings).containsExactly(Warning.PERSON_HAS_TOO_MANY_DISTINCT_IDS);
    ActorState stored = StateCodec.decode(new StateCodec().encode(root));
    assertThat(((ActorState.Root) stored).person().isFull()).as("also when it is read").isTrue();
  }

  @Test
  void anEventOnALongWayCarriesNoMoreOfItThanIsNeeded() {
    Message.Forward forward =
        new Message.Forward(identify("V", "A").event(), null, 0, List.of("V", "first"));
    ActorState.Link link = new ActorState.Link("root", List.of());
    assertThat(protocol.handle(key("U"), link, forward, notes)).isSameAs(link);
    assertThat(((Message.Forward) notes.mail.get(0)).path()).containsExactly("V", "first");
  }

  @Test
  void mailThatCannotBeMeantForAnActorIsADefectAndNamesIt() {
    Message.LinkTo linkTo = new Message.LinkTo("root", "A", CAUSE);
    Message.Flush flush = new Message.Flush("U", List.of(), Sent.STAMP);
    Message.Flushed flushed = new Message.Flushed("root", List.of(), Sent.STAMP);
    Message.Adopted adopted = new Message.Adopted(root("A", 1).person(), "A", CAUSE);
    Message.Absorbed absorbed = new Message.Absorbed(root("A", 1).person(), "A", CAUSE);
    Message.Forward forward =
        new Message.Forward(identify("V", "A").event(), null, 0, List.of("V"));
    for (Message message : List.of(linkTo, flushed, adopted)) {
      for (ActorState state :
          new ActorState[] {null, root("U", 1), new ActorState.Link("x", List.of())}) {
        assertDefect(state, message);
      }
    }
    for (Message message : List.of(flush, forward, absorbed)) {
      assertDefect(null, message);
    }
    assertDefect(new ActorState.Joining("A", Claim.NONE, 0, 0), absorbed);
  }

  private void assertDefect(ActorState state, Message message) {
    assertThatThrownBy(() -> protocol.handle(key("U"), state, message, notes))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("The distinct id U got " + message.getClass().getSimpleName());
  }

  private static Message.Deleted deleted(String id) {
    return new Message.Deleted(id, new Cause(Sent.STAMP, 7, Sent.ROW, "delete"));
  }

  @Test
  void aPersonIsDeletedWithTheLastOfItsIds() {
    ActorState.Root root = root("U", 2);
    fill(root.person(), "mine", 1_000);
    assertThat(protocol.handle(key("U"), root, deleted("U"), notes)).isSameAs(root);
    assertThat(root.person().isDeleted()).isFalse();
    assertThat(root.person().distinctIds()).containsExactly("U-1");
    assertThat(root.person().canonicalId()).isEqualTo("U-1");
    assertThat(root.person().properties().setEntries().get("mine").value()).isNull();
    assertThat(protocol.handle(key("U"), root, deleted("U-1"), notes)).isSameAs(root);
    assertThat(root.person().isDeleted()).isTrue();
    assertThat(notes.forgotten).containsExactly("U", "U-1");
    assertThat(notes.snapshots).isEqualTo(2);
  }

  @Test
  void aDeletionThatComesAgainDoesNothing() {
    ActorState.Root root = root("U", 1);
    for (int times = 0; times < 2; times++) {
      assertThat(protocol.handle(key("U"), root, deleted("U"), notes)).isSameAs(root);
    }
    assertThat(notes.snapshots).isEqualTo(1);
    assertThat(root.person().version()).isEqualTo(1);
  }

  @Test
  void aDeletionOfNobodyLeavesNothing() {
    assertThat(protocol.handle(key("U"), null, deleted("U"), notes)).isNull();
    assertThat(notes.mail).isEmpty();
    assertThat(notes.snapshots).isZero();
  }

  @Test
  void aDeletedPersonThatMeetsALivingOneIsPartOfItAndSaysNothing() {
    ActorState.Root survivor = root("U", 1);
    Person other = Person.born(key("A"), new Stamp(3, 0, 0), 3);
    fill(other, "theirs", 2_000);
    assertThat(other.delete("A")).isTrue();
    Message.Absorbed absorbed = new Message.Absorbed(other, "A", CAUSE);
    assertThat(protocol.handle(key("U"), survivor, absorbed, notes)).isSameAs(survivor);
    assertThat(survivor.person().ids()).containsExactly("A", "U");
    assertThat(survivor.person().distinctIds()).containsExactly("U");
    assertThat(notes.overrides).as("nothing is said of the deleted id").isEmpty();
    assertThat(notes.snapshots).isEqualTo(1);
  }

  @Test
  void aShortcutThatComesTooLateIsIgnored() {
    ActorState.Root root = root("U", 1);
    Message.Shortcut shortcut = new Message.Shortcut(Sent.STAMP);
    assertThat(protocol.handle(key("U"), root, shortcut, notes)).isSameAs(root);
    ActorState.Rerouting rerouting = new ActorState.Rerouting("x", List.of(), 0, 0);
    assertThat(protocol.handle(key("U"), rerouting, shortcut, notes)).isSameAs(rerouting);
    assertThat(notes.mail).isEmpty();
  }
}
