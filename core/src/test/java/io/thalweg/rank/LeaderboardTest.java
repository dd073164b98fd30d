package io.thalweg.rank;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Codec;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Pane.Timing;
import io.thalweg.Processor;
import io.thalweg.Snapshot;
import io.thalweg.StateWriter;
import io.thalweg.testing.RecordedResult;
import io.thalweg.testing.Recording;
import io.thalweg.testing.Sample;
import io.thalweg.testing.Script;
import io.thalweg.testing.SnapshotLaws;
import io.thalweg.window.WindowSpec;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class LeaderboardTest {

  private record Alert(String device) {}

  private static Processor<String, Alert, Standings<String, Long>> board(Duration lateness) {
    return Leaderboard.named(
        "all",
        WindowedAggregator.of(
                Standings.counts(2, Alert::device, Codec.STRING), Windows.tumbling(ofMinutes(5)))
            .lateness(lateness)
            .build());
  }

  private static void alert(
      Processor<String, Alert, Standings<String, Long>> board,
      String device,
      long seconds,
      Output<String, Standings<String, Long>> out) {
    board.process(device, new Alert(device), 1000 * seconds, out);
  }

  private static Pane pane(long startMinute, Timing timing, long index, boolean last) {
    long minute = 60_000;
    return new Pane(0, startMinute * minute, (startMinute + 5) * minute, timing, index, last);
  }

  @Test
  void board_ofAllKeys_ranksEarlyOnTimeAndLate() {
    Recording<String, Standings<String, Long>> out = new Recording<>();
    var board = board(ofMinutes(1));
    alert(board, "a", 10, out);
    alert(board, "b", 290, out);
    alert(board, "b", 20, out);
    board.early(out);
    board.early(out); // nothing changed since
    alert(board, "c", 299, out);
    alert(board, "c", 300, out); // the next window
    board.advance(300_000, out);
    alert(board, "a", 30, out); // late, but admitted
    board.advance(310_000, out);
    board.advance(360_000, out);
    alert(board, "d", 40, out); // forgotten
    assertThat(out.drain())
        .containsExactly(
            new RecordedResult.Update<>(
                "all",
                pane(0, Timing.EARLY, 0, false),
                new Standings<>(List.of(new Standing<>(1, "b", 2L), new Standing<>(2, "a", 1L)), 2),
                null),
            new RecordedResult.Update<>(
                "all",
                pane(0, Timing.ON_TIME, 1, false),
                new Standings<>(List.of(new Standing<>(1, "b", 2L), new Standing<>(2, "a", 1L)), 3),
                null),
            new RecordedResult.Update<>(
                "all",
                pane(0, Timing.LATE, 2, false),
                new Standings<>(List.of(new Standing<>(1, "a", 2L), new Standing<>(1, "b", 2L)), 3),
                null),
            new RecordedResult.Late<>("d", new Alert("d"), 40_000, 360_000));
    board.advance(Long.MAX_VALUE, out);
    assertThat(out.drain()).hasSize(1);
  }

  @Test
  void process_badEvents_areReportedUnderTheirOwnKey() {
    Recording<String, Standings<String, Long>> out = new Recording<>();
    var board = board(Duration.ZERO);
    board.process("k", new Alert(null), 7, out);
    board.process("k", new Alert("a"), Long.MAX_VALUE, out);
    assertThat(out.drain()).allMatch(result -> result.key().equals("k")).hasSize(2);
    assertThatThrownBy(() -> board.process(null, new Alert("a"), 7, out))
        .isInstanceOf(NullPointerException.class);
    List<String> counted = new ArrayList<>();
    board.counters((name, value) -> counted.add(name + " " + value));
    assertThat(counted).contains("offered 2", "rejected 2", "keys 0");
    assertThat(board.orderSensitive()).isFalse();
  }

  @Test
  void named_withEntry_ranksKeysAndReportsOriginalEvents() {
    Recording<String, Standings<String, Long>> out = new Recording<>();
    Processor<String, Integer, Standings<String, Long>> board =
        Leaderboard.named(
            "all",
            (device, alert) -> device,
            WindowedAggregator.of(
                    Standings.counts(2, (String device) -> device, Codec.STRING),
                    Windows.tumbling(ofMinutes(5)))
                .build());
    board.process("b", 1, 0, out);
    board.process("a", 2, 1, out);
    board.process("b", 3, Long.MIN_VALUE, out);
    board.process("b", 4, 2, out);
    board.advance(300_000, out);
    board.process("b", 5, 3, out);
    List<RecordedResult<String, Standings<String, Long>>> result = out.drain();
    assertThat(result).hasSize(3);
    assertThat(result.get(0))
        .isEqualTo(
            new RecordedResult.Rejection<>(
                "b", 3, Long.MIN_VALUE, "timestamp is reserved: " + Long.MIN_VALUE));
    assertThat(((RecordedResult.Update<String, Standings<String, Long>>) result.get(1)).value())
        .isEqualTo(
            new Standings<>(List.of(new Standing<>(1, "b", 2L), new Standing<>(2, "a", 1L)), 2));
    assertThat(result.get(2)).isEqualTo(new RecordedResult.Late<>("b", 5, 3, 300_000));
  }

  /** A member is read from the value and, where scores decay, its time from the gap. */
  private static Processor<String, Sample, Standings<Long, Double>> boardOf(
      boolean decayed, WindowSpec<Object> window) {
    return Leaderboard.named(
        "all",
        WindowedAggregator.of(
                decayed
                    ? Standings.decayed(
                        5,
                        (Sample sample) -> (long) sample.value(),
                        Codec.LONG,
                        sample -> 1,
                        Sample::gap,
                        ofSeconds(1))
                    : Standings.sums(
                        5, (Sample sample) -> (long) sample.value(), Codec.LONG, sample -> 0.1),
                window)
            .lateness(ofSeconds(2))
            .build());
  }

  @Property(tries = 100)
  void saveChanges_manyMembers_restoresAnywhereBitForBit(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    boolean decayed = random.nextBoolean();
    WindowSpec<Object> window =
        random.nextBoolean()
            ? Windows.global()
            : random.nextBoolean()
                ? Windows.tumbling(ofSeconds(20))
                : Windows.sliding(ofSeconds(20), ofSeconds(10));
    int members = 1 + random.nextInt(200);
    long step = random.nextInt(5) == 0 ? 2_000 : 200;
    List<Script.Step> steps = new ArrayList<>();
    long now = 0;
    for (int i = 0; i < 400; i++) {
      now += random.nextLong(step);
      switch (random.nextInt(25)) {
        case 0 -> steps.add(new Script.Early());
        case 1, 2 -> steps.add(new Script.Advance(now - 1000));
        default -> {
          long time = now - random.nextLong(3000);
          steps.add(
              new Script.Process("k" + i % 3, new Sample(random.nextInt(members), time), time));
        }
      }
    }
    SnapshotLaws.assertHold(
        () -> boardOf(decayed, window),
        new Script(steps),
        seed,
        "decayed " + decayed + ", " + window);
  }

  /** Counts the records written. */
  private static final class Written implements StateWriter<String> {
    private final Snapshot<String> kept;
    private final long[] bytes;

    Written(Snapshot<String> kept, long[] bytes) {
      this.kept = kept;
      this.bytes = bytes;
    }

    @Override
    public StateWriter<String> scope(String scope) {
      return new Written(kept.scope(scope), bytes);
    }

    @Override
    public void put(String key, long part, byte[] state) {
      bytes[0] += state.length;
      kept.put(key, part, state);
    }

    @Override
    public void remove(String key, long part) {
      kept.remove(key, part);
    }

    @Override
    public void remove(String key) {
      kept.remove(key);
    }

    @Override
    public void removeBefore(long part) {
      kept.removeBefore(part);
    }

    @Override
    public void putOperatorState(byte[] state) {
      kept.putOperatorState(state);
    }

    @Override
    public void clear() {
      kept.clear();
    }
  }

  @Test
  void saveChanges_fewOfManyMembers_writesThoseAlone() {
    Snapshot<String> saved = new Snapshot<>();
    long[] bytes = {0};
    StateWriter<String> writer = new Written(saved, bytes);
    Recording<String, Standings<String, Long>> out = new Recording<>();
    var board = board(Duration.ZERO);
    for (int i = 0; i < 100_000; i++) {
      alert(board, "device " + i, i % 300, out);
    }
    board.saveChanges(writer);
    long whole = bytes[0];
    assertThat(whole).isGreaterThan(2_000_000);
    long most = 0;
    bytes[0] = 0;
    for (int save = 0; save < 900; save++) {
      for (int i = 0; i < 100; i++) {
        alert(board, "device " + (save * 100 + i), 299, out);
      }
      if (save % 50 == 0) {
        board.early(out); // the emitted results are part of the saved state
      }
      long before = bytes[0];
      board.saveChanges(writer);
      most = Math.max(most, bytes[0] - before);
    }
    // 100 members a save, and no whole one: their number is not yet that of all members
    assertThat(most).isLessThan(100 * 40);
    for (int save = 0; save < 200; save++) {
      for (int i = 0; i < 100; i++) {
        alert(board, "device " + i, 299, out);
      }
      board.saveChanges(writer);
    }
    // at most twice the state: the delta log is not longer than the state
    assertThat(bytes[0]).isLessThan(1100 * 100 * 40 + 2 * whole);
    out.drain();
    var restored = board(Duration.ZERO);
    restored.restore(SnapshotLaws.copy(saved));
    board.advance(300_000, out);
    Recording<String, Standings<String, Long>> again = new Recording<>();
    restored.advance(300_000, again);
    assertThat(again.drain()).isEqualTo(out.drain()).hasSize(1);
    board.saveChanges(writer); // all is forgotten
    List<Object> left = new ArrayList<>();
    saved.scope("slices").forEach((key, part, state) -> left.add(key));
    saved.scope("slicesChanges").forEach((key, part, state) -> left.add(key));
    assertThat(left).isEmpty();
  }

  @Test
  void restore_deltaWithoutState_isRejectedAndChangesNothing() {
    var board = board(Duration.ZERO);
    Recording<String, Standings<String, Long>> out = new Recording<>();
    Snapshot<String> saved = new Snapshot<>();
    for (int i = 0; i < 50; i++) {
      alert(board, "device " + i, 1, out);
    }
    board.saveChanges(saved);
    alert(board, "device 7", 2, out);
    board.saveChanges(saved);
    saved.scope("slices").clear();
    var restored = board(Duration.ZERO);
    assertThatThrownBy(() -> restored.restore(saved))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("changes must belong to a saved slice: 0");
    restored.advance(Long.MAX_VALUE, out);
    assertThat(out.drain()).isEmpty();
  }
}
