// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import dev.hogflare.contract.JsonBuffer;
import java.io.IOException;
import java.util.List;

/**
 * Runs an event through the steps of a file, in their order.
 *
 * <p>Pure: the same file and the same event give the same outcome, at any time and in any process.
 * Used by any number of threads.
 */
public final class Transformations {
  /** The names under which PostHog records what became of each transformation of an event. */
  private static final String SUCCEEDED = "$transformations_succeeded";

  private static final String FAILED = "$transformations_failed";
  private static final String SKIPPED = "$transformations_skipped";

  private final NamedStep[] steps;

  Transformations(List<NamedStep> steps) {
    this.steps = steps.toArray(NamedStep[]::new);
  }

  /**
   * A step of the file.
   *
   * @param name what it is called
   * @param condition when it runs, or null for always
   * @param step what it does
   */
  record NamedStep(String name, Condition condition, Step step) {}

  private enum Fate {
    SUCCEEDED,
    SKIPPED,
    FAILED
  }

  /** Returns how many steps there are. */
  public int size() {
    return steps.length;
  }

  /**
   * Runs an event through.
   *
   * @return null if the event is no JSON object or its properties are none, so that nothing can be
   *     done with it
   */
  public Outcome applyOrNull(EventInput event) {
    Fate[] fates = new Fate[steps.length];
    try {
      while (true) {
        Draft draft = Draft.of(event);
        int at = run(draft, fates);
        if (draft.isDropped()) {
          return new Outcome.Dropped(steps[at].name());
        }
        if (at == steps.length) {
          note(draft.properties(), fates);
          return draft.finish();
        }
        // A step that broke off may have left half of its work behind: again, and without it.
        fates[at] = Fate.FAILED;
      }
    } catch (IOException e) {
      // Whoever reads the event next says what is wrong with it.
      return null;
    }
  }

  /** Returns the step that broke off or dropped the event, or behind the last one. */
  private int run(Draft draft, Fate[] fates) {
    for (int i = 0; i < steps.length; i++) {
      if (fates[i] == Fate.FAILED) {
        continue;
      }
      NamedStep step = steps[i];
      try {
        if (step.condition() != null && !step.condition().holds(draft)) {
          fates[i] = Fate.SKIPPED;
          continue;
        }
        step.step().apply(draft);
      } catch (StepFailedException | RuntimeException e) {
        // Whatever is wrong with one step must not cost the event; it names the step.
        return i;
      }
      fates[i] = Fate.SUCCEEDED;
      if (draft.isDropped()) {
        return i;
      }
    }
    return steps.length;
  }

  private void note(JsonObject properties, Fate[] fates) {
    note(properties, SUCCEEDED, Fate.SUCCEEDED, fates);
    note(properties, FAILED, Fate.FAILED, fates);
    note(properties, SKIPPED, Fate.SKIPPED, fates);
  }

  /** Writes the names of the steps of one fate; what a client wrote there itself is replaced. */
  private void note(JsonObject properties, String name, Fate fate, Fate[] fates) {
    JsonBuffer out = new JsonBuffer(256).openArray();
    for (int i = 0; i < steps.length; i++) {
      if (fates[i] == fate) {
        out.separate().string(steps[i].name());
      }
    }
    if (out.length() == 1) {
      properties.remove(name);
    } else {
      properties.putRaw(name, out.closeArray().toBytes());
    }
  }
}
