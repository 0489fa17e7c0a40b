// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.Stamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * The rules by which distinct ids find and unite their persons, as one actor's steps.
 *
 * <p>Every {@code (token, distinct_id)} is an actor that lives on one partition; actors talk by
 * mail that is first-in first-out between two partitions and otherwise arbitrarily late. There is
 * no lock and no shared state, and the persons that come out do not depend on how the partitions
 * interleave. {@code RATIONALE.md} says why each rule is as it is. The rules that hold the rest
 * together can be overridden, so that the simulation can show that it notices when one of them is
 * missing.
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

  /** Later than every event. */
  private static final Stamp END_OF_HISTORY = new Stamp(Long.MAX_VALUE, 0, 0);

  /** From so many links on, an event's own id is told to shorten its way. */
  private static final int LONG_PATH = 2;

  /**
   * Takes one message.
   *
   * @param self whose step this is
   * @param state its state, or null if the distinct id was never seen
   * @return its state afterwards
   */
  final ActorState handle(ActorKey self, ActorState state, Message message, ActorContext context) {
    return switch (message) {
      case Message.Own own -> own(self, state, own, context);
      case Message.Claimed claimed -> claimed(self, state, claimed, context);
      case Message.Forward forward -> forward(self, state, forward, context);
      case Message.Adopt adopt -> adopt(self, state, adopt, context);
      case Message.Adopted adopted -> adopted(self, state, adopted, context);
      case Message.LinkTo linkTo -> linkTo(self, state, linkTo, context);
      case Message.Join join -> join(self, state, join, context);
      case Message.Absorbed absorbed -> absorbed(self, state, absorbed, context);
      case Message.Shortcut shortcut -> shortcut(self, state, shortcut, context);
      case Message.Flush flush -> flush(self, state, flush, context);
      case Message.Flushed flushed -> flushed(self, state, flushed, context);
    };
  }

  private ActorState own(ActorKey self, ActorState state, Message.Own own, ActorContext context) {
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
          context.send(
              event.other(),
              new Message.Adopt(
                  self.distinctId(),
                  event.other(),
                  List.of(self.distinctId()),
                  claim,
                  event.cause()));
          context.park(0, new Message.Own(event, true));
          yield new ActorState.Joining(event.other(), claim, 0, 1);
        }
        Person person = born(self, event.cause(), context);
        apply(self, person, event, false, 0, List.of(), true, context);
        yield new ActorState.Root(person);
      }
      case ActorState.Root root -> {
        apply(self, root.person(), event, own.newcomer(), 0, List.of(), false, context);
        yield root;
      }
      case ActorState.Link link -> {
        context.send(
            link.parent(),
            new Message.Forward(
                event,
                own.newcomer(),
                demotions(link.sinces(), event.stamp()),
                List.of(self.distinctId())));
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

  private static Person born(ActorKey self, Cause cause, ActorContext context) {
    context.born();
    return Person.born(self, cause.stamp(), cause.arrivedAt());
  }

  /**
   * A claim on this id: the first one gets it, and what the id's person has from before yields to
   * whomever it is united with. Questions that came before their claim are answered now.
   */
  private ActorState claimed(
      ActorKey self, ActorState state, Message.Claimed claimed, ActorContext context) {
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
      ActorKey self, ActorState state, Message.Forward forward, ActorContext context) {
    return switch (state) {
      case null -> throw unexpected(self, state, forward);
      case ActorState.Root root -> {
        apply(
            self,
            root.person(),
            forward.event(),
            forward.newcomer(),
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
            link.parent(),
            new Message.Forward(forward.event(), forward.newcomer(), demotion, path));
        yield link;
      }
      case ActorState.Waiting waiting -> park(waiting, forward, context);
    };
  }

  /** Rule 2: a newcomer asks for the person of its anonymous id. */
  private ActorState adopt(
      ActorKey self, ActorState state, Message.Adopt asked, ActorContext context) {
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
        Person person = born(self, adopt.cause(), context);
        context.send(newcomer, new Message.Adopted(person, adopt.cause()));
        yield new ActorState.Link(newcomer, List.of());
      }
      case ActorState.Root root -> {
        Person person = root.person();
        if (newcomer.equals(self.distinctId())) {
          yield root;
        }
        if (self.distinctId().equals(adopt.target()) && !person.identified()) {
          context.send(newcomer, new Message.Adopted(person, adopt.cause()));
          yield new ActorState.Link(newcomer, List.of());
        }
        if (person.isFull()) {
          context.warn(Warning.PERSON_HAS_TOO_MANY_DISTINCT_IDS);
          ActorKey own = new ActorKey(self.token(), newcomer);
          Person alone = born(own, adopt.cause(), context);
          context.send(newcomer, new Message.Adopted(alone, adopt.cause()));
          yield root;
        }
        person.add(newcomer);
        context.override(newcomer, person.uuid(), adopt.cause());
        context.send(newcomer, new Message.LinkTo(self.distinctId(), adopt.cause()));
        yield root;
      }
      case ActorState.Link link -> {
        if (!newcomer.equals(self.distinctId())) {
          context.send(link.parent(), adopt);
        }
        yield link;
      }
      case ActorState.Rerouting rerouting -> {
        if (!newcomer.equals(self.distinctId())) {
          context.send(rerouting.parent(), adopt);
        }
        yield rerouting;
      }
      case ActorState.Joining joining -> {
        if (newcomer.equals(self.distinctId())) {
          // A ring of newcomers that all wait for each other: this one stops waiting, and its Join
          // sorts the rest out.
          Person person = born(self, adopt.cause(), context);
          yield drain(self, new ActorState.Root(person), joining, false, context);
        }
        if (adopt.path().contains(self.distinctId())) {
          yield park(joining, adopt, context);
        }
        context.send(
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
      ActorKey self, ActorState state, Message.Adopted adopted, ActorContext context) {
    if (!(state instanceof ActorState.Joining joining)) {
      throw unexpected(self, state, adopted);
    }
    Person person = adopted.person();
    person.add(self.distinctId());
    boolean alone = self.distinctId().equals(person.origin());
    if (!alone) {
      context.override(self.distinctId(), person.uuid(), adopted.cause());
    }
    return drain(self, new ActorState.Root(person), joining, alone, context);
  }

  private ActorState linkTo(
      ActorKey self, ActorState state, Message.LinkTo linkTo, ActorContext context) {
    if (!(state instanceof ActorState.Joining joining)) {
      throw unexpected(self, state, linkTo);
    }
    return drain(self, new ActorState.Link(linkTo.root(), List.of()), joining, false, context);
  }

  /** Rule 3: a person asks the one of this id to give way. */
  private ActorState join(
      ActorKey self, ActorState state, Message.Join asked, ActorContext context) {
    Message.Join join = asked;
    if (asked.claim() instanceof Claim.Open claim) {
      Claims claims = context.claims();
      boolean unread = waits(claim, claims);
      if (unread && !context.isPast(claim.offset())) {
        context.await(claim.offset(), asked);
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
        Person person = Person.born(self, join.stamp(), join.cause().arrivedAt());
        context.send(join.root(), new Message.Absorbed(person, self.distinctId(), join.cause()));
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
      ActorKey self, ActorState.Root root, Message.Join join, ActorContext context) {
    Person person = root.person();
    if (join.root().equals(self.distinctId()) || person.ids().contains(join.root())) {
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
          join.root(),
          new Message.Absorbed(demoted(person, since), self.distinctId(), join.cause()));
      return new ActorState.Link(join.root(), since);
    }
    context.send(
        join.root(),
        new Message.Join(
            self.distinctId(),
            person.uuid(),
            person.rank(),
            MergeMode.COUNTER,
            join.claim(),
            join.cause()));
    return root;
  }

  private ActorState absorbed(
      ActorKey self, ActorState state, Message.Absorbed absorbed, ActorContext context) {
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
        for (String id : renamed) {
          context.override(id, person.uuid(), absorbed.cause());
        }
        context.snapshot(person, absorbed.cause(), absorbed.absorbedId(), true);
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

  private void passUp(
      String parent, List<Stamp> sinces, Message.Absorbed absorbed, ActorContext context) {
    Person left = demoted(absorbed.person(), sinces);
    context.send(parent, new Message.Absorbed(left, absorbed.absorbedId(), absorbed.cause()));
  }

  /** Rule 5: this id's events take too many hops. */
  private ActorState shortcut(
      ActorKey self, ActorState state, Message.Shortcut shortcut, ActorContext context) {
    if (!(state instanceof ActorState.Link link)) {
      return state;
    }
    context.send(
        link.parent(), new Message.Flush(self.distinctId(), link.sinces(), shortcut.stamp()));
    return new ActorState.Rerouting(link.parent(), link.sinces(), 0, 0);
  }

  private ActorState flush(
      ActorKey self, ActorState state, Message.Flush flush, ActorContext context) {
    return switch (state) {
      case null -> throw unexpected(self, state, flush);
      case ActorState.Root root -> {
        context.send(
            flush.id(), new Message.Flushed(self.distinctId(), flush.sinces(), flush.stamp()));
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
      ActorKey self, ActorState state, Message.Flushed flushed, ActorContext context) {
    if (!(state instanceof ActorState.Rerouting rerouting)) {
      throw unexpected(self, state, flushed);
    }
    return drain(
        self, new ActorState.Link(flushed.root(), flushed.sinces()), rerouting, false, context);
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
   * @param alone whether a newcomer was sent away, so that its event names its own person
   */
  private ActorState drain(
      ActorKey self,
      ActorState state,
      ActorState.Waiting waited,
      boolean alone,
      ActorContext context) {
    ActorState current = state;
    for (long number = waited.firstParked(); number < waited.nextParked(); number++) {
      Message message = context.unpark(number);
      if (alone && message instanceof Message.Own own) {
        message = new Message.Own(own.event(), false);
      }
      current = handle(self, current, message, context);
    }
    return current;
  }

  private void apply(
      ActorKey self,
      Person person,
      PersonEvent event,
      boolean newcomer,
      int demotion,
      List<String> path,
      boolean born,
      ActorContext context) {
    if (event.readsOnly()) {
      context.row(event, person);
    } else {
      boolean changed = born | update(person, event, demotion, context);
      boolean merges = event.other() != null;
      if (merges) {
        // A change in any case: mail that went ahead of the event may have attached its id already.
        changed = true;
        identify(person, event, newcomer, context);
      }
      context.row(event, person);
      context.snapshot(person, event.cause(), "", changed);
      if (merges && !person.ids().contains(event.other())) {
        ask(self, person, event, newcomer, context);
      }
    }
    if (path.size() >= LONG_PATH) {
      context.send(path.get(0), new Message.Shortcut(event.stamp()));
    }
  }

  private static void identify(
      Person person, PersonEvent event, boolean newcomer, ActorContext context) {
    UUID before = person.uuid();
    person.identify(event.key(), event.stamp(), newcomer ? event.other() : event.id());
    if (!person.uuid().equals(before)) {
      for (String id : person.ids()) {
        context.override(id, person.uuid(), event.cause());
      }
    }
  }

  private static boolean update(
      Person person, PersonEvent event, int demotion, ActorContext context) {
    boolean changed = person.count(event.id(), event.stamp(), event.raw().arrivedAt());
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
    return changed | person.properties().apply(update, event.stamp(), demotion);
  }

  private void ask(
      ActorKey self, Person person, PersonEvent event, boolean newcomer, ActorContext context) {
    if (person.isFull()) {
      context.warn(Warning.PERSON_HAS_TOO_MANY_DISTINCT_IDS);
      return;
    }
    // What a newcomer asks for is never refused, whichever way its event came to its person.
    boolean granted =
        newcomer && event.mode() == MergeMode.GUARDED && !event.claim().equals(Claim.NONE);
    context.send(
        event.other(),
        new Message.Join(
            self.distinctId(),
            person.uuid(),
            person.rank(),
            granted ? MergeMode.GRANTED : event.mode(),
            event.claim(),
            event.cause()));
  }

  private static List<String> with(List<String> path, ActorKey self) {
    List<String> longer = new ArrayList<>(path.size() + 1);
    longer.addAll(path);
    longer.add(self.distinctId());
    return List.copyOf(longer);
  }

  private static IllegalStateException unexpected(
      ActorKey self, ActorState state, Message message) {
    return new IllegalStateException(
        "The distinct id "
            + self.distinctId()
            + " got "
            + message.getClass().getSimpleName()
            + " while "
            + (state == null ? "absent" : state.getClass().getSimpleName())
            + ".");
  }
}
