package io.thalweg.examples.fraud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RankingTest {

  private static final long DAY = 86_400_000;
  private static final long START = 1_522_540_800_000L;

  private final List<Ranking.Scored> scored = new ArrayList<>();

  private void add(int day, String customer, boolean fraud, double score) {
    Transaction paid = new Transaction(scored.size(), START + day * DAY + 1_000, customer, "t1", 1);
    scored.add(new Ranking.Scored(paid, fraud, score));
  }

  @Test
  void of_perfectOrder_isOne() {
    add(0, "a", true, 0.9);
    add(0, "b", false, 0.1);
    Ranking ranking = Ranking.of(scored);
    assertThat(ranking.auc()).isEqualTo(1);
    assertThat(ranking.averagePrecision()).isEqualTo(1);
    assertThat(ranking.cardPrecision()).isEqualTo(1.0 / Ranking.CARDS);
  }

  @Test
  void of_ties_countHalf() {
    add(0, "a", true, 0.5);
    add(0, "b", false, 0.5);
    add(0, "c", true, 0.2);
    add(0, "d", false, Double.NaN);
    Ranking ranking = Ranking.of(scored);
    assertThat(ranking.auc()).isEqualTo((0.5 + 1 + 0 + 1) / 4);
    // half of the frauds at precision 1/2, the other half at 2/3
    assertThat(ranking.averagePrecision()).isCloseTo((0.5 + 2.0 / 3) / 2, within(1e-15));
  }

  @Test
  void cardPrecision_customerFoundBefore_isNotCheckedAgain() {
    add(0, "a", true, 0.9);
    add(1, "a", true, 0.9);
    add(1, "b", true, 0.8);
    add(1, "b", false, 0.1);
    assertThat(Ranking.of(scored).cardPrecision()).isEqualTo((1 + 1) / 2.0 / Ranking.CARDS);
  }
}
