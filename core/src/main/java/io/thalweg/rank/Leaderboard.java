package io.thalweg.rank;

import static java.util.Objects.requireNonNull;

import io.thalweg.FailStop;
import io.thalweg.ForwardingProcessor;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Processor;
import io.thalweg.window.WindowedAggregator;
import java.util.function.BiFunction;
import java.util.function.ObjLongConsumer;

/**
 * Processor that ranks the events of all keys on one board.
 *
 * <pre>{@code
 * Processor<String, Alert, Standings<String, Long>> board =
 *     Leaderboard.named("all", (device, alert) -> device, WindowedAggregator
 *         .of(Standings.counts(3, (String device) -> device, Codec.STRING),
 *             Windows.tumbling(ofMinutes(5)))
 *         .build());
 * }</pre>
 *
 * <p>The aggregate, {@link Standings} or {@link ApproximateStandings}, defines the members and
 * their scores. The windows define the times of the rankings: {@link Processor#early} emits the
 * current ranking of every open window that has changed, {@link Processor#advance} the final one.
 * For a board for each key, such as a region, use the {@link WindowedAggregator} directly.
 *
 * <p>The key of the results is the name of the board; late and rejected events are reported with
 * their own key. A board is in one processor: on an engine, in one task. It has no cost beyond that
 * of the windows. Used by one thread at a time.
 *
 * @param <K> the keys
 * @param <E> the events
 * @param <T> the events of the windows
 * @param <O> the results
 */
public final class Leaderboard<K, E, T, O> extends ForwardingProcessor<K, E, O> {

  private final K board;
  private final BiFunction<? super K, ? super E, ? extends T> entry;
  private final WindowedAggregator<K, T, O> windows;
  private long rejectedEntries;
  private final StandingsOutput<K, E, O> output = new StandingsOutput<>();

  private Leaderboard(
      K board,
      BiFunction<? super K, ? super E, ? extends T> entry,
      WindowedAggregator<K, T, O> windows) {
    super(requireNonNull(windows, "windows"));
    this.board = requireNonNull(board, "board");
    this.entry = requireNonNull(entry, "entry");
    this.windows = windows;
  }

  /**
   * Returns a board of events that include their member.
   *
   * @param board the name of the board, the key of its results
   * @param windows an operator without state: the ranking and its windows
   * @param <K> the keys
   * @param <E> the events
   * @param <O> the results
   * @return a board without state
   */
  public static <K, E, O> Leaderboard<K, E, E, O> named(
      K board, WindowedAggregator<K, E, O> windows) {
    return new Leaderboard<>(board, (key, event) -> event, windows);
  }

  /**
   * Returns a board of events whose member depends on the key.
   *
   * @param board the name of the board, the key of its results
   * @param entry converts a key and an event to an event of the windows, for example to the key; an
   *     event for which it throws or returns null is rejected
   * @param windows an operator without state: the ranking and its windows
   * @param <K> the keys
   * @param <E> the events
   * @param <T> the events of the windows
   * @param <O> the results
   * @return a board without state
   */
  public static <K, E, T, O> Leaderboard<K, E, T, O> named(
      K board,
      BiFunction<? super K, ? super E, ? extends T> entry,
      WindowedAggregator<K, T, O> windows) {
    return new Leaderboard<>(board, entry, windows);
  }

  @Override
  protected void apply(K key, E event, long timestamp, Output<K, O> out) {
    T ranked;
    try {
      ranked = requireNonNull(entry.apply(key, event), "entry must not be null");
    } catch (Exception e) {
      rejectedEntries++;
      out.reject(key, event, timestamp, FailStop.reason(key, e));
      return;
    }
    output.key = key;
    output.event = event;
    output.out = out;
    windows.process(board, ranked, timestamp, output);
    output.key = null;
    output.event = null;
    output.out = null;
  }

  /**
   * Reports the counters of the windows, and the number of {@code rejectedEntries}: events rejected
   * by this processor because they have no entry. It starts at 0 and is not saved.
   */
  @Override
  public void counters(ObjLongConsumer<String> each) {
    each.accept("rejectedEntries", rejectedEntries);
    super.counters(each);
  }

  /**
   * Output of the windows. It reports late and rejected events with their own key and as they were
   * offered.
   */
  private static final class StandingsOutput<K, E, O> implements Output<K, O> {

    K key;
    E event;
    Output<K, O> out;

    @Override
    public void emit(K board, O value) {
      out.emit(board, value);
    }

    @Override
    public void emit(K board, Pane at, O value) {
      out.emit(board, at, value);
    }

    @Override
    public void late(K board, Object entry, long timestamp, long watermark) {
      out.late(key, event, timestamp, watermark);
    }

    @Override
    public void reject(K board, Object entry, long timestamp, String reason) {
      out.reject(key, event, timestamp, reason);
    }
  }
}
