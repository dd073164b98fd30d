package io.thalweg.rank;

import static java.util.Objects.requireNonNull;

import io.thalweg.ForwardingProcessor;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Processor;
import io.thalweg.window.WindowedAggregator;
import java.util.function.BiFunction;

/**
 * One ranking of everything: the events of all keys go to one board.
 *
 * <pre>{@code
 * Processor<String, Alert, Standings<String, Long>> board =
 *     Leaderboard.named("all", (device, alert) -> device, WindowedAggregator
 *         .of(Standings.counts(3, (String device) -> device, Codec.STRING),
 *             Windows.tumbling(ofMinutes(5)))
 *         .build());
 * }</pre>
 *
 * <p>What is ranked, and by what, is the aggregate's to say: {@link Standings} or {@link
 * ApproximateStandings}. When it is ranked is the window's: {@link Processor#early} gives the
 * ranking so far of every open window that changed, {@link Processor#advance} the final one. For a
 * board a key, as one a region, use the {@link WindowedAggregator} by itself.
 *
 * <p>Results are under the name of the board; late and rejected events are reported under their own
 * key. All of the board is in one processor: on an engine, in one task. Costs nothing beyond the
 * windows. One thread at a time.
 *
 * @param <K> the keys
 * @param <E> the events
 * @param <T> what the windows take
 * @param <O> the results
 */
public final class Leaderboard<K, E, T, O> extends ForwardingProcessor<K, E, O> {

  private final K board;
  private final BiFunction<? super K, ? super E, ? extends T> entry;
  private final WindowedAggregator<K, T, O> windows;
  private final StandingsOutput<K, E, O> reports = new StandingsOutput<>();

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
   * Makes a board of events that say for whom they count.
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
   * Makes a board of events for which their keys, or keys and events together, say for whom they
   * count.
   *
   * @param board the name of the board, the key of its results
   * @param entry makes of a key and an event what the windows take, such as the key; never null
   * @param windows an operator without state: the ranking and its windows
   * @param <K> the keys
   * @param <E> the events
   * @param <T> what the windows take
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
  public void process(K key, E event, long timestamp, Output<K, O> out) {
    reports.key = requireNonNull(key, "key");
    reports.event = requireNonNull(event, "event");
    reports.out = out;
    windows.process(board, entry.apply(key, event), timestamp, reports);
    reports.event = null;
    reports.out = null;
  }

  /** Gives what is about an event back as it was offered. */
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
    public void late(K board, Object taken, long timestamp, long watermark) {
      out.late(key, event, timestamp, watermark);
    }

    @Override
    public void reject(K board, Object taken, long timestamp, String reason) {
      out.reject(key, event, timestamp, reason);
    }
  }
}
