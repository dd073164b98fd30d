package io.thalweg.storm.testing;

import io.thalweg.storm.testing.Faults.Fault;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Faults of a run that depend on the step or the place of a task, and on the time. */
final class FaultPlan {

  private record Place(String component, int index) {}

  private final Clock clock;
  private final List<Fault> faults;

  /** Number of commits of each task, through all restarts. */
  private final Map<Place, Integer> commits = new HashMap<>();

  FaultPlan(Clock clock, List<Fault> faults) {
    this.clock = clock;
    this.faults = new ArrayList<>(faults);
  }

  void countCommit(TaskInstance instance) {
    commits.merge(new Place(instance.component, instance.index), 1, Integer::sum);
  }

  private boolean isDue(TaskInstance instance, String component, int task, int commit) {
    return instance.component.equals(component)
        && instance.index == task
        && commits.getOrDefault(new Place(component, task), 0) >= commit;
  }

  /** Removes and returns the crash or pause of an instance at a step; null if there is none. */
  Fault pollDue(TaskInstance instance, CommitStep step) {
    for (Iterator<Fault> all = faults.iterator(); all.hasNext(); ) {
      Fault fault = all.next();
      boolean due =
          fault instanceof Faults.Crash crash
              ? crash.step() == step
                  && isDue(instance, crash.component(), crash.task(), crash.commit())
              : fault instanceof Faults.Pause pause
                  && pause.step() == step
                  && isDue(instance, pause.component(), pause.task(), pause.commit());
      if (due) {
        all.remove();
        return fault;
      }
    }
    return null;
  }

  /** Removes and returns the store failure of an instance; null if there is none. */
  Faults.StoreFailure pollStoreFailure(TaskInstance instance) {
    for (Iterator<Fault> all = faults.iterator(); all.hasNext(); ) {
      if (all.next() instanceof Faults.StoreFailure failure
          && isDue(instance, failure.component(), failure.task(), failure.commit())) {
        all.remove();
        return failure;
      }
    }
    return null;
  }

  private boolean isNow(long from, long to) {
    return from <= clock.now() && clock.now() < to;
  }

  boolean isStalled(int partition) {
    for (Fault fault : faults) {
      if (fault instanceof Faults.Stall stall
          && stall.partition() == partition
          && isNow(stall.from(), stall.to())) {
        return true;
      }
    }
    return false;
  }

  /** Returns the delay of a tuple on its way to an instance. */
  long delay(TaskInstance to) {
    for (Fault fault : faults) {
      if (fault instanceof Faults.Slow slow
          && slow.component().equals(to.component)
          && slow.task() == to.index
          && isNow(slow.from(), slow.to())) {
        return slow.millis();
      }
    }
    return 0;
  }

  double shareOfLostAcks() {
    for (Fault fault : faults) {
      if (fault instanceof Faults.AcksLost lost && isNow(lost.from(), lost.to())) {
        return lost.share();
      }
    }
    return 0;
  }

  /** Returns the fault of the sink that applies to a tuple; null if there is none. */
  Fault ofSink(Chance chance) {
    for (Fault fault : faults) {
      if (fault instanceof Faults.SinkDown down && isNow(down.from(), down.to())) {
        return down;
      }
      if (fault instanceof Faults.SinkFails fails
          && isNow(fails.from(), fails.to())
          && chance.chance(fails.share())) {
        return fails;
      }
    }
    return null;
  }
}
