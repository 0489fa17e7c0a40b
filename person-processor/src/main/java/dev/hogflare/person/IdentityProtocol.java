// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.Stamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * The rules by which distinct ids find and unite their persons, as one actor's steps.
 *
 * <p>Every life of a {@code (token, distinct_id)} is an actor that lives on one partition; actors
 * talk by mail that is first-in first-out between two partitions and otherwise arbitrarily late.
 * There is no lock and no shared state, and the persons that come out do not depend on how the
 * partitions interleave. {@code RATIONALE.md} says why each rule is as it is. The rules that hold
 * the rest together can be overridden, so that the simulation can show that it notices when one of
 * them is missing.
 */
class IdentityProtocol {
  /**
   * The size of properties, in bytes, from which a person takes no further ones; PostHog's limit.
   */
  static final long MAX_PROPERTIES = 655_360;

  /**
   * The size of properties, in bytes, that a merge may lead to; beyond it those of the absorbed
   * person are left out.
   */
  static final long MAX_MERGED_PROPERTIES = 4 * MAX_PROPERTIES;

  /** The operation of the snapshot of a person that lost an id and has others. */
  static final String DELETE_ID = "delete_id";

  /** Later than every event. */
  private static final Stamp END_OF_HISTORY = new Stamp(Long.MAX_VALUE, 0, 0);

  /** From so many links on, an event's own id is told to shorten its way. */
  private static final int LONG_PATH = 2;

  /**
   * Takes one message.
   *
   * @param self whose step this is
   * @param state its state, or null if nothing is known of it
   * @return its state afterwards
   */
  final ActorState handle(Actor self, ActorState state, Message message, ActorContext context) {
    return switch (message) {
      case Message.Own own -> own(self, state, own, context);
      case Message.Claimed claimed -> claimed(self, state, claimed, context);
      case Message.Forward forward -> forward(self, state, forward, context);
      case Message.Adopt adopt -> adopt(self, state, adopt, context);
      case Message.Adopted adopted -> adopted(self, state, adopted, context);
      case Message.LinkTo linkTo -> linkTo(self, state, linkTo, context);
      case Message.Join join -> join(self, state, join, context);
      case Message.Absorbed absorbed -> absorbed(self, state, absorbed, context);
      case Message.Deleted deleted -> deleted(state, deleted, context);
      case Message.Shortcut shortcut -> shortcut(self, state, shortcut, context);
      case Message.Flush flush -> flush(self, state, flush, context);
      case Message.Flushed flushed -> flushed(self, state, flushed, context);
    };
  }

  /**
   * Returns the life of a distinct id that a question asks: the one that its claim is on, wherever
   * the log is by now; without a claim the present one.
   */
  int lifeAsked(Lives lives, Message.Question question) {
    return question.claim() instanceof Claim.Open claim
        ? lives.at(claim.offset())
        : lives.current();
  }

  private ActorState own(Actor self, ActorState state, Message.Own own, ActorContext context) {
    PersonEvent event = own.event();
    boolean claimed = event.other() != null && takenByItself(context);
    return switch (state) {
      case null -> {
        if (event.readsOnly()) {
          context.row(event, null);
          yield null;
        }
        if (event.other() != null && !claimed) {
          Claim claim = event.claim();
          context.ask(
              event.other(),
              new Message.Adopt(
                  self.name(), event.other(), List.of(self.name()), claim, event.cause()));
          context.park(0, new Message.Own(event, event.other()));
          yield new ActorState.Joining(event.other(), claim, 0, 1);
        }
        Person person = born(self, event.cause(), context);
        apply(self, person, event, null, 0, List.of(), true, context);
        yield new ActorState.Root(person);
      }
      case ActorState.Root root -> {
        apply(self, root.person(), event, own.asked(), 0, List.of(), false, context);
        yield root;
      }
      case ActorState.Link link -> {
        context.send(
            link.parent(),
            new Message.Forward(
                event, own.asked(), demotions(link.sinces(), event.stamp()), List.of(self.name())));
        yield link;
      }
      case ActorState.Waiting waiting -> park(waiting, own, context);
    };
  }

  /**
   * Notes that an own event unites this id with another one, and returns whether a claim on it was
   * read before.
   */
  private static boolean takenByItself(ActorContext context) {
    Claims claims = context.claims();
    if (!claims.taken()) {
      context.claims(claims.takenByItself());
    }
    return claims.any();
  }

  private static Person born(Actor self, Cause cause, ActorContext context) {
    context.born();
    return Person.born(self, cause.stamp(), cause.arrivedAt());
  }

  /** Returns a person of an id that mail alone has made known, perhaps after its end. */
  Person bornByMail(Person person, ActorContext context) {
    if (context.isOver()) {
      person.delete(person.birthId());
    }
    return person;
  }

  /**
   * A claim on this id: the first one gets it, and what the id's person has from before yields to
   * whomever it is united with. Questions that came before their claim are answered now.
   */
  private ActorState claimed(
      Actor self, ActorState state, Message.Claimed claimed, ActorContext context) {
    long offset = claimed.offset();
    Claims before = context.claims();
    context.claims(noted(before, claimed));
    ActorState current = state;
    if (!before.taken() && state instanceof ActorState.Root root) {
      current = new ActorState.Root(yielding(root.person()));
    }
    long waiting = context.waiting(offset);
    for (long number = 0; number < waiting; number++) {
      current = handle(self, current, context.awaited(offset, number), context);
    }
    return current;
  }

  /** Who may have an id after one more claim on it. */
  Claims noted(Claims claims, Message.Claimed claimed) {
    return claims.claimedBy(claimed.claimant(), claimed.offset());
  }

  /** What a person has from before it was claimed: every entry demoted once. */
  Person yielding(Person person) {
    return person.demotedBy(List.of(END_OF_HISTORY));
  }

  /** Whether a question has to wait, because the claim behind it was not read yet. */
  boolean waits(Claim.Open claim, Claims claims) {
    return claims.last() < claim.offset();
  }

  private ActorState forward(
      Actor self, ActorState state, Message.Forward forward, ActorContext context) {
    return switch (state) {
      case null -> throw unexpected(self, state, forward);
      case ActorState.Root root -> {
        apply(
            self,
            root.person(),
            forward.event(),
            forward.asked(),
            forward.demotion(),
            forward.path(),
            false,
            context);
        yield root;
      }
      case ActorState.Link link -> {
        int demotion = forward.demotion() + demotions(link.sinces(), forward.stamp());
        List<String> path = forward.path();
        if (path.size() < LONG_PATH) {
          path = with(path, self);
        }
        context.send(
            link.parent(), new Message.Forward(forward.event(), forward.asked(), demotion, path));
        yield link;
      }
      case ActorState.Waiting waiting -> park(waiting, forward, context);
    };
  }

  /** Rule 2: a newcomer asks for the person of its anonymous id. */
  private ActorState adopt(
      Actor self, ActorState state, Message.Adopt asked, ActorContext context) {
    Message.Adopt adopt = asked;
    if (asked.claim() instanceof Claim.Open claim) {
      boolean unread = waits(claim, context.claims());
      if (unread && !context.isPast(claim.offset())) {
        context.await(claim.offset(), asked);
        return state;
      }
      adopt = asked.with(unread ? Claim.NONE : Claim.READ);
    }
    String newcomer = adopt.newcomer();
    return switch (state) {
      case null -> {
        Person person = bornByMail(born(self, adopt.cause(), context), context);
        context.send(newcomer, new Message.Adopted(person, adopt.target(), adopt.cause()));
        yield new ActorState.Link(newcomer, List.of());
      }
      case ActorState.Root root -> {
        Person person = root.person();
        if (newcomer.equals(self.name())) {
          yield root;
        }
        if (self.name().equals(adopt.target()) && !person.identified()) {
          context.send(newcomer, new Message.Adopted(person, adopt.target(), adopt.cause()));
          yield new ActorState.Link(newcomer, List.of());
        }
        if (person.isFull()) {
          context.warn(Warning.PERSON_HAS_TOO_MANY_DISTINCT_IDS);
          Actor own = new Actor(self.token(), newcomer);
          Person alone = born(own, adopt.cause(), context);
          context.send(newcomer, new Message.Adopted(alone, adopt.target(), adopt.cause()));
          yield root;
        }
        person.add(newcomer);
        context.override(newcomer, person.uuid(), adopt.cause());
        context.send(newcomer, new Message.LinkTo(self.name(), adopt.target(), adopt.cause()));
        yield root;
      }
      case ActorState.Link link -> {
        if (!newcomer.equals(self.name())) {
          context.send(link.parent(), adopt);
        }
        yield link;
      }
      case ActorState.Rerouting rerouting -> {
        if (!newcomer.equals(self.name())) {
          context.send(rerouting.parent(), adopt);
        }
        yield rerouting;
      }
      case ActorState.Joining joining -> {
        if (newcomer.equals(self.name())) {
          // A ring of newcomers that all wait for each other: this one stops waiting, and its Join
          // sorts the rest out.
          Person person = born(self, adopt.cause(), context);
          yield drain(self, new ActorState.Root(person), joining, adopt.target(), context);
        }
        if (adopt.path().contains(self.name())) {
          yield park(joining, adopt, context);
        }
        context.ask(
            joining.target(),
            new Message.Adopt(
                newcomer,
                adopt.target(),
                with(adopt.path(), self),
                joining.claim(),
                adopt.cause()));
        yield joining;
      }
    };
  }

  private ActorState adopted(
      Actor self, ActorState state, Message.Adopted adopted, ActorContext context) {
    if (!(state instanceof ActorState.Joining joining)) {
      throw unexpected(self, state, adopted);
    }
    Person person = adopted.person();
    person.add(self.name());
    boolean alone = self.name().equals(person.origin());
    if (!alone) {
      context.override(self.name(), person.uuid(), adopted.cause());
    }
    return drain(
        self, new ActorState.Root(person), joining, alone ? null : adopted.asked(), context);
  }

  private ActorState linkTo(
      Actor self, ActorState state, Message.LinkTo linkTo, ActorContext context) {
    if (!(state instanceof ActorState.Joining joining)) {
      throw unexpected(self, state, linkTo);
    }
    return drain(
        self, new ActorState.Link(linkTo.root(), List.of()), joining, linkTo.asked(), context);
  }

  /** Rule 3: a person asks the one of this id to give way. */
  private ActorState join(Actor self, ActorState state, Message.Join asked, ActorContext context) {
    Message.Join join = asked;
    if (asked.claim() instanceof Claim.Open claim) {
      Claims claims = context.claims();
      boolean unread = waits(claim, claims);
      if (unread && !context.isPast(claim.offset())) {
        context.await(claim.offset(), asked);
        return state;
      }
      if (!unread && asked.known() == Actor.life(self.name())) {
        return state;
      }
      if (unread) {
        join = asked.with(Claim.NONE);
      } else if (asked.mode() != MergeMode.GUARDED) {
        join = asked.with(Claim.READ);
      } else if (grants(claims, claim)) {
        join = asked.with(Claim.READ).as(MergeMode.GRANTED);
      } else {
        context.warn(Warning.CANNOT_MERGE_ALREADY_IDENTIFIED);
        return state;
      }
    }
    return switch (state) {
      case null -> {
        // A person without any event or property of its own, so that only the id is handed over.
        Person person =
            bornByMail(Person.born(self, join.stamp(), join.cause().arrivedAt()), context);
        context.send(join.root(), new Message.Absorbed(person, self.name(), join.cause()));
        yield new ActorState.Link(join.root(), sinces(join));
      }
      case ActorState.Root root -> joinRoot(self, root, join, context);
      case ActorState.Link link -> {
        context.send(link.parent(), join);
        yield link;
      }
      case ActorState.Rerouting rerouting -> {
        context.send(rerouting.parent(), join);
        yield rerouting;
      }
      case ActorState.Joining joining -> park(joining, join, context);
    };
  }

  /** Whether a guarded question is granted: to whoever claimed the id first, and to nobody else. */
  boolean grants(Claims claims, Claim.Open claim) {
    return claims.isFirst(claim.claimant());
  }

  /**
   * From when on a person that gives way is not demoted. With a claim the claim said it already, at
   * its own place in the log; without one it is the time of the event that asked.
   */
  private static List<Stamp> sinces(Message.Join join) {
    return join.claim().equals(Claim.NONE) ? List.of(join.stamp()) : List.of();
  }

  private ActorState joinRoot(
      Actor self, ActorState.Root root, Message.Join join, ActorContext context) {
    Person person = root.person();
    if (join.root().equals(self.name()) || person.ids().contains(join.root())) {
      return root;
    }
    if (join.mode() == MergeMode.GUARDED && person.identified()) {
      context.warn(Warning.CANNOT_MERGE_ALREADY_IDENTIFIED);
      return root;
    }
    if (join.mode() != MergeMode.COUNTER && person.isFull()) {
      context.warn(Warning.PERSON_HAS_TOO_MANY_DISTINCT_IDS);
      return root;
    }
    if (givesWay(person, join.rank())) {
      List<Stamp> since = sinces(join);
      context.send(
          join.root(), new Message.Absorbed(demoted(person, since), self.name(), join.cause()));
      return new ActorState.Link(join.root(), since);
    }
    context.send(
        join.root(),
        new Message.Join(
            self.name(),
            person.uuid(),
            person.rank(),
            MergeMode.COUNTER,
            -1,
            join.claim(),
            join.cause()));
    return root;
  }

  private ActorState absorbed(
      Actor self, ActorState state, Message.Absorbed absorbed, ActorContext context) {
    return switch (state) {
      case ActorState.Root root -> {
        Person person = root.person();
        Person other = absorbed.person();
        boolean fits =
            person.properties().size() + other.properties().size() <= MAX_MERGED_PROPERTIES;
        if (!fits) {
          context.warn(Warning.PERSON_PROPERTIES_SIZE_VIOLATION);
        }
        UUID before = person.uuid();
        if (!person.absorb(other, fits)) {
          context.warn(Warning.PERSON_HAS_TOO_MANY_DISTINCT_IDS);
        }
        Set<String> renamed = new TreeSet<>(other.ids());
        if (!person.uuid().equals(before)) {
          renamed.addAll(person.ids());
        }
        override(renamed, person, absorbed.cause(), context);
        snapshot(person, absorbed.cause(), absorbed.absorbedId(), true, context);
        yield root;
      }
      case ActorState.Link link -> {
        passUp(link.parent(), link.sinces(), absorbed, context);
        yield link;
      }
      case ActorState.Rerouting rerouting -> {
        passUp(rerouting.parent(), rerouting.sinces(), absorbed, context);
        yield rerouting;
      }
      case null, default -> throw unexpected(self, state, absorbed);
    };
  }

  /** Rule 6: one of the person's ids was deleted. */
  private ActorState deleted(ActorState state, Message.Deleted deleted, ActorContext context) {
    return switch (state) {
      // Nobody has heard of it: whoever asks for it later is told.
      case null -> null;
      case ActorState.Root root -> {
        Person person = root.person();
        if (delete(person, deleted.id())) {
          context.forgetOverride(deleted.id());
          Cause cause = deleted.cause();
          context.snapshot(person, person.isDeleted() ? cause : cause.as(DELETE_ID), "", true);
        }
        yield root;
      }
      case ActorState.Link link -> {
        context.send(link.parent(), deleted);
        yield link;
      }
      case ActorState.Waiting waiting -> park(waiting, deleted, context);
    };
  }

  /** Deletes an id of a person with what it wrote. */
  boolean delete(Person person, String id) {
    return person.delete(id);
  }

  private static void override(Set<String> ids, Person person, Cause cause, ActorContext context) {
    for (String id : ids) {
      if (!person.isDeleted(id)) {
        context.override(id, person.uuid(), cause);
      }
    }
  }

  /** Shows a person, unless it was deleted: that was shown when it happened. */
  private static void snapshot(
      Person person, Cause cause, String absorbedId, boolean changed, ActorContext context) {
    if (!person.isDeleted()) {
      context.snapshot(person, cause, absorbedId, changed);
    }
  }

  private void passUp(
      String parent, List<Stamp> sinces, Message.Absorbed absorbed, ActorContext context) {
    Person left = demoted(absorbed.person(), sinces);
    context.send(parent, new Message.Absorbed(left, absorbed.absorbedId(), absorbed.cause()));
  }

  /** Rule 5: this id's events take too many hops. */
  private ActorState shortcut(
      Actor self, ActorState state, Message.Shortcut shortcut, ActorContext context) {
    if (!(state instanceof ActorState.Link link)) {
      return state;
    }
    context.send(link.parent(), new Message.Flush(self.name(), link.sinces(), shortcut.stamp()));
    return new ActorState.Rerouting(link.parent(), link.sinces(), 0, 0);
  }

  private ActorState flush(
      Actor self, ActorState state, Message.Flush flush, ActorContext context) {
    return switch (state) {
      case null -> throw unexpected(self, state, flush);
      case ActorState.Root root -> {
        context.send(flush.id(), new Message.Flushed(self.name(), flush.sinces(), flush.stamp()));
        yield root;
      }
      case ActorState.Link link -> {
        List<Stamp> sinces = new ArrayList<>(flush.sinces());
        sinces.addAll(link.sinces());
        context.send(link.parent(), new Message.Flush(flush.id(), sinces, flush.stamp()));
        yield link;
      }
      case ActorState.Waiting waiting -> park(waiting, flush, context);
    };
  }

  private ActorState flushed(
      Actor self, ActorState state, Message.Flushed flushed, ActorContext context) {
    if (!(state instanceof ActorState.Rerouting rerouting)) {
      throw unexpected(self, state, flushed);
    }
    return drain(
        self, new ActorState.Link(flushed.root(), flushed.sinces()), rerouting, null, context);
  }

  /** Whether a person gives way to one of another rank: only to a strictly higher one. */
  boolean givesWay(Person person, Rank other) {
    return person.rank().compareTo(other) < 0;
  }

  /**
   * How often an event is demoted on its way over a link: once for each merge it came too late for.
   */
  int demotions(List<Stamp> sinces, Stamp stamp) {
    return Stamps.countAfter(sinces, stamp);
  }

  /** What a person that gave way leaves: its older entries demoted once for each merge. */
  Person demoted(Person person, List<Stamp> sinces) {
    return person.demotedBy(sinces);
  }

  /** Keeps a message until the answer that the actor waits for has come. */
  ActorState park(ActorState.Waiting waiting, Message message, ActorContext context) {
    context.park(waiting.nextParked(), message);
    return waiting.parkedOneMore();
  }

  /**
   * Handles what was parked, in order, in the state that the wait led to.
   *
   * @param askedOrNull whom a newcomer asked; null if it was sent away, so that its event names its
   *     own person
   */
  private ActorState drain(
      Actor self,
      ActorState state,
      ActorState.Waiting waited,
      String askedOrNull,
      ActorContext context) {
    ActorState current = state;
    for (long number = waited.firstParked(); number < waited.nextParked(); number++) {
      Message message = context.unpark(number);
      if (message instanceof Message.Own own && own.asked() != null) {
        message = new Message.Own(own.event(), askedOrNull);
      }
      current = handle(self, current, message, context);
    }
    return current;
  }

  private void apply(
      Actor self,
      Person person,
      PersonEvent event,
      String asked,
      int demotion,
      List<String> path,
      boolean born,
      ActorContext context) {
    if (event.readsOnly()) {
      context.row(event, person);
    } else {
      Actor writer = path.isEmpty() ? self : new Actor(self.token(), path.get(0));
      boolean changed = born | update(person, event, writer, demotion, context);
      boolean merges = event.other() != null;
      if (merges) {
        // A change in any case: mail that went ahead of the event may have attached its id already.
        changed = true;
        identify(person, event, writer, asked, context);
      }
      context.row(event, person);
      snapshot(person, event.cause(), "", changed, context);
      if (merges && !isUnited(person, event, asked)) {
        ask(self, person, event, asked != null, context);
      }
    }
    if (path.size() >= LONG_PATH) {
      context.send(path.get(0), new Message.Shortcut(event.stamp()));
    }
  }

  private static void identify(
      Person person, PersonEvent event, Actor writer, String asked, ActorContext context) {
    UUID before = person.uuid();
    person.identify(writer, event.stamp(), asked == null ? writer.name() : asked);
    if (!person.uuid().equals(before)) {
      override(person.ids(), person, event.cause(), context);
    }
  }

  /**
   * Whether the id that an event asks for is known to be the person's already. Which life of a
   * distinct id a claim is on is known only there.
   */
  boolean isUnited(Person person, PersonEvent event, String asked) {
    if (asked != null) {
      return person.ids().contains(asked);
    }
    int life = person.lifeOf(event.other());
    return event.claim().equals(Claim.NONE)
        && life >= 0
        && !person.isDeleted(Actor.name(event.other(), life));
  }

  private static boolean update(
      Person person, PersonEvent event, Actor writer, int demotion, ActorContext context) {
    boolean changed = person.count(writer.name(), event.stamp(), event.raw().arrivedAt());
    PropertyUpdate update = event.update();
    if (update.isEmpty()) {
      return changed;
    }
    if (person.properties().size() >= MAX_PROPERTIES) {
      // What makes the person smaller is taken all the same, so that there is a way back.
      if (!update.set().isEmpty() || !update.setOnce().isEmpty()) {
        context.warn(Warning.PERSON_PROPERTIES_SIZE_VIOLATION);
      }
      update = update.unsetOnly(person.properties().names());
    }
    return changed | person.properties().apply(update, event.stamp(), writer.name(), demotion);
  }

  private void ask(
      Actor self, Person person, PersonEvent event, boolean newcomer, ActorContext context) {
    int known = person.lifeOf(event.other());
    if (person.isFull()) {
      if (known < 0) {
        context.warn(Warning.PERSON_HAS_TOO_MANY_DISTINCT_IDS);
      }
      return;
    }
    // What a newcomer asks for is never refused, whichever way its event came to its person.
    boolean granted =
        newcomer && event.mode() == MergeMode.GUARDED && !event.claim().equals(Claim.NONE);
    context.ask(
        event.other(),
        new Message.Join(
            self.name(),
            person.uuid(),
            person.rank(),
            granted ? MergeMode.GRANTED : event.mode(),
            known,
            event.claim(),
            event.cause()));
  }

  private static List<String> with(List<String> path, Actor self) {
    List<String> longer = new ArrayList<>(path.size() + 1);
    longer.addAll(path);
    longer.add(self.name());
    return List.copyOf(longer);
  }

  private static IllegalStateException unexpected(Actor self, ActorState state, Message message) {
    return new IllegalStateException(
        "The distinct id "
            + Actor.id(self.name())
            + " got "
            + message.getClass().getSimpleName()
            + " while "
            + (state == null ? "absent" : state.getClass().getSimpleName())
            + ".");
  }
}
