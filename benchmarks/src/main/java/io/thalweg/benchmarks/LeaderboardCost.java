package io.thalweg.benchmarks;

import static java.time.Duration.ofMinutes;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.Output;
import io.thalweg.Processor;
import io.thalweg.StateWriter;
import io.thalweg.rank.ApproximateStandings;
import io.thalweg.rank.ApproximateStandings.CountBounds;
import io.thalweg.rank.Leaderboard;
import io.thalweg.rank.Standing;
import io.thalweg.rank.Standings;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * Prints the cost of one tumbling window with a million members: memory, time, and bytes saved, for
 * the exact and the approximate ranking, beside a JDK map with sorting.
 *
 * <p>{@code java -Xmx1g -cp benchmarks/target/thalweg-benchmarks.jar
 * io.thalweg.benchmarks.LeaderboardCost [members]}
 */
public final class LeaderboardCost {

  private static final int K = 10;
  private static final int CAPACITY = 10_000;

  /** Events between two saves, as in a busy topology. */
  private static final int EVENTS_A_SAVE = 10_000;

  private final PrintStream out;
  private final String[] members;
  private final int[] draws = new int[4_000_000];
  private final Map<String, Long> exact = new HashMap<>();

  private LeaderboardCost(PrintStream out, int size) {
    this.out = out;
    members = new String[size];
    for (int i = 0; i < size; i++) {
      members[i] = "device-" + i;
    }
    SplittableRandom random = new SplittableRandom(42);
    for (int i = 0; i < draws.length; i++) {
      // the leaders come often, most members rarely
      draws[i] = (int) (Math.pow(size + 1.0, random.nextDouble()) - 1);
      if (random.nextInt(2) == 0) {
        draws[i] = random.nextInt(size);
      }
    }
  }

  /**
   * Prints the table.
   *
   * @param args how many members; by default 1,000,000
   */
  public static void main(String[] args) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    LeaderboardCost cost =
        new LeaderboardCost(out, args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000);
    cost.byHand();
    cost.board(
        "exact",
        Standings.counts(K, (String name) -> name, Codec.STRING),
        Standings::top,
        (score, truth) -> score.equals(truth));
    cost.board(
        "approximate, capacity " + CAPACITY,
        ApproximateStandings.counts(K, (String name) -> name, Codec.STRING, CAPACITY),
        ApproximateStandings::top,
        (CountBounds bounds, Long truth) -> bounds.least() <= truth && truth <= bounds.most());
  }

  private void byHand() {
    long before = usedHeap();
    Map<String, Long> counts = exact;
    double first = nanosAnEvent(0, members.length, i -> counts.merge(members[i], 1L, Long::sum));
    double further =
        nanosAnEvent(0, draws.length, i -> counts.merge(members[draws[i]], 1L, Long::sum));
    long used = usedHeap() - before;
    long start = System.nanoTime();
    List<Map.Entry<String, Long>> top =
        counts.entrySet().stream()
            .sorted(
                Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                    .thenComparing(Map.Entry.comparingByKey()))
            .limit(K)
            .toList();
    double millis = (System.nanoTime() - start) / 1e6;
    print("HashMap.merge, sorted", used, first, further, millis);
    out.printf("  leads: %s%n", top.get(0));
  }

  private interface Check<S> {
    boolean holds(S score, Long truth);
  }

  private interface Top<O, S> {
    List<Standing<String, S>> of(O standings);
  }

  private <A, O, S> void board(
      String name, Aggregate<String, A, O> ranking, Top<O, S> top, Check<S> check) {
    long before = usedHeap();
    Supplier<Processor<String, String, O>> create =
        () ->
            Leaderboard.named(
                "all", WindowedAggregator.of(ranking, Windows.tumbling(ofMinutes(5))).build());
    Processor<String, String, O> board = create.get();
    Output<String, O> nobody = (key, value) -> {};
    double first =
        nanosAnEvent(0, members.length, i -> board.process(members[i], members[i], 7, nobody));
    double further =
        nanosAnEvent(0, draws.length, i -> board.process("", members[draws[i]], 7, nobody));
    long used = usedHeap() - before;
    Object[] result = new Object[1];
    board.early((key, value) -> {});
    board.process("", members[0], 7, nobody); // both know one more of the first
    long start = System.nanoTime();
    board.early((key, value) -> result[0] = value);
    double millis = (System.nanoTime() - start) / 1e6;
    print(name, used, first, further, millis);
    @SuppressWarnings("unchecked") // the result of the board
    List<Standing<String, S>> standings = top.of((O) result[0]);
    for (Standing<String, S> each : standings) {
      long truth = exact.get(each.member()) + (each.member().equals(members[0]) ? 1 : 0);
      if (!check.holds(each.score(), truth)) {
        throw new IllegalStateException(each + " cannot be, it is " + truth);
      }
    }
    out.printf("  leads: %s%n", standings.get(0));
    saves(board, nobody);
  }

  private <O> void saves(Processor<String, String, O> board, Output<String, O> nobody) {
    Written whole = new Written();
    long start = System.nanoTime();
    board.saveChanges(whole);
    out.printf(
        Locale.ROOT,
        "  saved as a whole: %,d bytes in %.1f ms%n",
        whole.bytes,
        (System.nanoTime() - start) / 1e6);
    int saves = draws.length / EVENTS_A_SAVE;
    long bytes = 0;
    long most = 0;
    double millis = 0;
    double longest = 0;
    for (int save = 0; save < saves; save++) {
      nanosAnEvent(
          save * EVENTS_A_SAVE,
          (save + 1) * EVENTS_A_SAVE,
          i -> board.process("", members[draws[i]], 7, nobody));
      Written changes = new Written();
      start = System.nanoTime();
      board.saveChanges(changes);
      double took = (System.nanoTime() - start) / 1e6;
      bytes += changes.bytes;
      most = Math.max(most, changes.bytes);
      millis += took;
      longest = Math.max(longest, took);
    }
    out.printf(
        Locale.ROOT,
        "  saved after every %,d events, %d times: on average %,d bytes in %.1f ms,"
            + " at most %,d bytes and %.1f ms%n",
        EVENTS_A_SAVE,
        saves,
        bytes / saves,
        millis / saves,
        most,
        longest);
  }

  private void print(String name, long used, double first, double further, double result) {
    out.printf(
        Locale.ROOT,
        "%s: %,d members, %.1f MB, %.1f bytes a member beside its name; first event of a member"
            + " %.0f ns, further ones %.0f ns, top %d in %.1f ms%n",
        name,
        members.length,
        used / 1e6,
        (double) used / members.length,
        first,
        further,
        K,
        result);
  }

  private interface Event {
    void take(int i);
  }

  private static double nanosAnEvent(int from, int to, Event event) {
    long start = System.nanoTime();
    for (int i = from; i < to; i++) {
      event.take(i);
    }
    return (double) (System.nanoTime() - start) / (to - from);
  }

  private static long usedHeap() {
    ManagementFactory.getMemoryMXBean().gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  /** Counts the bytes that are written. */
  private static final class Written implements StateWriter<String> {
    private long bytes;

    @Override
    public StateWriter<String> scope(String scope) {
      return this;
    }

    @Override
    public void put(String key, long part, byte[] state) {
      bytes += state.length;
    }

    @Override
    public void remove(String key, long part) {}

    @Override
    public void remove(String key) {}

    @Override
    public void removeBefore(long part) {}

    @Override
    public void putOperatorState(byte[] state) {
      bytes += state.length;
    }

    @Override
    public void clear() {}
  }
}
