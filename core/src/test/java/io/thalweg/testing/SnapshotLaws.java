package io.thalweg.testing;

import io.thalweg.Codec;
import io.thalweg.Processor;
import io.thalweg.Snapshot;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * Law 2: saving does not change a processor, a restored processor continues as the saved one, bit
 * for bit, and a sequence of incremental saves equals a full save.
 */
public final class SnapshotLaws {

  private SnapshotLaws() {}

  /**
   * Fails, with the shortest script that shows it, if the law is broken.
   *
   * @param create makes a processor
   * @param script the calls
   * @param seed decides on the moments of saving
   * @param about the description in a failure
   * @param <O> the results
   */
  public static <O> void assertHold(
      Supplier<Processor<String, Sample, O>> create, Script script, long seed, String about) {
    if (broken(create, script, seed).isPresent()) {
      Script minimal = script.minimal(fewer -> broken(create, fewer, seed).isPresent());
      throw new AssertionError(
          "seed %dL: %s%n%s%n%s"
              .formatted(seed, about, minimal, broken(create, minimal, seed).orElseThrow()));
    }
  }

  /**
   * Plays a script on three processors: one that is never saved, one that is saved as a whole and
   * replaced by its copy at random moments, and one whose changes are saved at random moments, and
   * that is at times replaced by a processor restored from these changes.
   *
   * @param create makes a processor
   * @param script the calls
   * @param seed decides on the moments
   * @param <O> the results
   * @return the difference
   */
  public static <O> Optional<String> broken(
      Supplier<Processor<String, Sample, O>> create, Script script, long seed) {
    double often = new SplittableRandom(seed).nextDouble(0.4);
    Processor<String, Sample, O> untouched = create.get();
    Processor<String, Sample, O> replaced = create.get();
    Processor<String, Sample, O> changing = create.get();
    Snapshot<String> changes = new Snapshot<>();
    Recording<String, O> out = new Recording<>();
    for (Script.Step step : script.steps()) {
      // By the step and not by its place, so that a shorter script keeps its moments.
      SplittableRandom random = new SplittableRandom(seed + step.hashCode());
      if (random.nextDouble() < often) {
        Snapshot<String> once = new Snapshot<>();
        replaced.save(once);
        Snapshot<String> twice = new Snapshot<>();
        replaced.save(twice);
        if (!SnapshotContent.of(once).equals(SnapshotContent.of(twice))) {
          return Optional.of("saving changed what is saved, before " + step);
        }
        Map<String, Long> before = counters(replaced);
        replaced = create.get();
        replaced.restore(copy(once));
        if (!counters(replaced).equals(before)) {
          return Optional.of(
              "counters %s were restored as %s, before %s"
                  .formatted(before, counters(replaced), step));
        }
      }
      if (random.nextDouble() < often) {
        changing.saveChanges(changes);
        Snapshot<String> full = new Snapshot<>();
        changing.save(full);
        Map<String, String> wanted = SnapshotContent.of(full);
        // Compares the records as read by a processor, since a record may include state that later
        // records remove.
        Processor<String, Sample, O> read = create.get();
        read.restore(copy(changes));
        Snapshot<String> again = new Snapshot<>();
        read.save(again);
        Map<String, String> got = SnapshotContent.of(again);
        if (!got.equals(wanted)) {
          return Optional.of(
              "changes do not add up, before " + step + "\n" + firstDifference(wanted, got));
        }
        if (random.nextInt(3) == 0) {
          changes = copy(changes);
          changing = create.get();
          changing.restore(changes);
        } else if (random.nextInt(4) == 0) {
          changing.save(new Snapshot<>()); // must not count as saved
        }
      }
      step.call(untouched, out);
      List<RecordedResult<String, O>> expected = out.drain();
      step.call(replaced, out);
      Optional<String> difference = difference(expected, out.drain());
      if (difference.isPresent()) {
        return difference.map(text -> "after a full save, at " + step + "\n" + text);
      }
      step.call(changing, out);
      difference = difference(expected, out.drain());
      if (difference.isPresent()) {
        return difference.map(text -> "after incremental saves, at " + step + "\n" + text);
      }
    }
    Map<String, Long> counted = counters(untouched);
    return counters(replaced).equals(counted) && counters(changing).equals(counted)
        ? Optional.empty()
        : Optional.of(
            "counters %s, after full saves %s, after incremental ones %s"
                .formatted(counted, counters(replaced), counters(changing)));
  }

  @SuppressWarnings("unchecked") // only compared
  private static <O> Optional<String> difference(
      List<RecordedResult<String, O>> expected, List<RecordedResult<String, O>> actual) {
    return ResultComparison.difference(
        (List<RecordedResult<String, Object>>) (List<?>) expected,
        (List<RecordedResult<String, Object>>) (List<?>) actual,
        ResultComparison.Values.SAME);
  }

  /**
   * A snapshot that went through its bytes.
   *
   * @param snapshot with string keys
   * @return an equal one
   */
  public static Snapshot<String> copy(Snapshot<String> snapshot) {
    Codec<Snapshot<String>> codec = Snapshot.codec(Codec.STRING);
    return codec.decode(codec.encode(snapshot));
  }

  private static Map<String, Long> counters(Processor<?, ?, ?> processor) {
    Map<String, Long> counters = new TreeMap<>(ConformanceCases.counters(processor));
    counters.remove("timers"); // those that will do nothing are not saved
    return counters;
  }

  private static String firstDifference(Map<String, String> wanted, Map<String, String> got) {
    for (String address : wanted.keySet()) {
      if (!wanted.get(address).equals(got.get(address))) {
        return "at %s: save gives %s, the changes %s"
            .formatted(address, wanted.get(address), got.get(address));
      }
    }
    Map<String, String> more = new TreeMap<>(got);
    more.keySet().removeAll(wanted.keySet());
    return "the changes left behind " + more;
  }
}
