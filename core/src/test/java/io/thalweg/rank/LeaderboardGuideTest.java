package io.thalweg.rank;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.Processor;
import io.thalweg.rank.ApproximateStandings.CountBounds;
import io.thalweg.stats.Extrema;
import io.thalweg.stats.LongSum;
import io.thalweg.window.WindowedAggregator;
import io.thalweg.window.Windows;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The code that the page about leaderboards shows. */
class LeaderboardGuideTest {

  private record Sale(String seller, String region, long cents, double rating, long time) {}

  private static final List<Sale> SALES =
      List.of(
          new Sale("ann", "north", 500, 4, 1_000),
          new Sale("bob", "north", 200, 5, 2_000),
          new Sale("bob", "south", 100, 3, 3_000),
          new Sale("eve", "south", 900, 1, 400_000));

  private final List<String> lines = new ArrayList<>();

  @Test
  void board_countsSales() {
    // region board
    Processor<String, Sale, Standings<String, Long>> board =
        Leaderboard.named(
            "all",
            WindowedAggregator.of(
                    Standings.counts(3, Sale::seller, Codec.STRING), Windows.tumbling(ofMinutes(5)))
                .lateness(ofSeconds(30))
                .build());
    for (Sale sale : SALES) {
      board.process(sale.region(), sale, sale.time(), (name, standings) -> {});
      board.early((name, standings) -> lines.add("so far " + standings.top()));
      board.advance(
          sale.time() - 2_000, (name, standings) -> lines.add("final " + standings.top()));
    }
    // endregion
    assertThat(lines)
        .containsExactly(
            "so far [Standing[rank=1, member=ann, score=1]]",
            "so far [Standing[rank=1, member=ann, score=1], Standing[rank=1, member=bob, score=1]]",
            "so far [Standing[rank=1, member=bob, score=2], Standing[rank=2, member=ann, score=1]]",
            "so far [Standing[rank=1, member=eve, score=1]]",
            "final [Standing[rank=1, member=bob, score=2], Standing[rank=2, member=ann, score=1]]");
  }

  @Test
  void rankings_byOtherScores() {
    // region scores
    Aggregate<Sale, ?, Standings<String, BigInteger>> byTurnover =
        Standings.by(3, Sale::seller, Codec.STRING, LongSum.over(Sale::cents).map(LongSum::value));
    Aggregate<Sale, ?, Standings<String, Double>> byBestRating =
        Standings.by(3, Sale::seller, Codec.STRING, Extrema.over(Sale::rating).map(Extrema::max));
    Aggregate<Sale, ?, Standings<String, Double>> lately =
        Standings.decayed(3, Sale::seller, Codec.STRING, Sale::cents, Sale::time, ofHours(1));
    Aggregate<Sale, ?, ApproximateStandings<String>> ofMillions =
        ApproximateStandings.counts(3, Sale::seller, Codec.STRING, 10_000);
    // endregion
    assertThat(result(byTurnover).top())
        .containsExactly(
            new Standing<>(1, "eve", BigInteger.valueOf(900)),
            new Standing<>(2, "ann", BigInteger.valueOf(500)),
            new Standing<>(3, "bob", BigInteger.valueOf(300)));
    assertThat(result(byBestRating).top().get(0)).isEqualTo(new Standing<>(1, "bob", 5.0));
    assertThat(result(lately).top().get(0)).isEqualTo(new Standing<>(1, "eve", 900.0));
    assertThat(result(ofMillions).top().get(0))
        .isEqualTo(new Standing<>(1, "bob", new CountBounds(2, 2)));
    assertThat(result(ofMillions).certain()).isEqualTo(3);
  }

  @Test
  void boards_oneARegion() {
    // region boards
    Processor<String, Sale, Standings<String, Long>> boards =
        WindowedAggregator.of(
                Standings.counts(3, Sale::seller, Codec.STRING),
                Windows.sliding(ofHours(1), ofMinutes(10)))
            .build();
    for (Sale sale : SALES) {
      boards.process(sale.region(), sale, sale.time(), (region, standings) -> {});
    }
    boards.advance(600_000, (region, standings) -> lines.add(region + " " + standings.top()));
    // endregion
    assertThat(lines).hasSize(2).anyMatch(line -> line.startsWith("south [Standing[rank=1, mem"));
  }

  @Test
  void largest_sales() {
    // region largest
    Comparator<Long> order = Comparator.naturalOrder();
    Processor<String, Long, List<Long>> largest =
        WindowedAggregator.of(TopK.of(2, order, Codec.LONG), Windows.tumbling(ofMinutes(5)))
            .build();
    // endregion
    SALES.forEach(sale -> largest.process("all", sale.cents(), 0, (key, top) -> {}));
    largest.advance(Long.MAX_VALUE, (key, top) -> lines.add(top.toString()));
    assertThat(lines).containsExactly("[900, 500]");
  }

  private static <A, R> R result(Aggregate<Sale, A, R> aggregate) {
    A state = aggregate.create();
    SALES.forEach(sale -> aggregate.add(state, sale));
    return aggregate.result(state);
  }
}
