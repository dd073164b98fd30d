package io.thalweg.storm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class LedgerPropertyTest {

  private static List<StoredOutput> answer(long number) {
    return List.of(new StoredOutput("default", "key" + number % 3, List.of(number), true, false));
  }

  @Property(tries = 200)
  void newestIds_anyOrderAndGaps_areAnExactSet(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 3000) int size) {
    Random random = new Random(seed);
    Ledger ledger = new Ledger("topic/0");
    TreeSet<Long> applied = new TreeSet<>();
    long head = random.nextInt(5000);
    int gap = 1 + random.nextInt(40);
    for (int i = 0; i < 5000; i++) {
      head += 1 + (random.nextInt(5) == 0 ? random.nextInt(gap) : 0);
      // A record in flight has fewer than size records after it.
      long offset = Math.max(0, head - random.nextInt(Math.min(size, 500)));
      boolean known = applied.contains(offset);
      if (applied.tailSet(offset, false).size() >= size) {
        continue;
      }
      assertThat(ledger.contains(offset)).as("offset %d, seed %d", offset, seed).isEqualTo(known);
      if (!known) {
        applied.add(offset);
        ledger.add(offset, offset % 3 == 0 ? answer(offset) : List.of());
        ledger.bound(size);
      }
    }
    int kept = 0;
    for (long offset : applied.descendingSet()) {
      if (kept++ == size) {
        break;
      }
      assertThat(ledger.contains(offset)).isTrue();
      assertThat(ledger.outputs(offset)).isEqualTo(offset % 3 == 0 ? answer(offset) : List.of());
    }
    assertThat(ledger.ids()).isBetween((long) Math.min(size, applied.size()), size + 256L);
    assertThat(ledger.idsWithOutputs()).isLessThanOrEqualTo(ledger.ids());
  }

  /** Applied, settled, committed and restored at random, beside plain sets. */
  @Property(tries = 300)
  void ledger_savedByChangesAndRestored_isWhatItWasAtTheCommit(@ForAll long seed) {
    Random random = new Random(seed);
    Snapshot<Object> store = new Snapshot<>();
    Ledger ledger = new Ledger("topic/0");
    Set<Long> applied = new HashSet<>();
    Set<Long> durable = new HashSet<>();
    Map<Long, Boolean> answered = new HashMap<>();
    long mark = Long.MIN_VALUE;
    long durableMark = mark;
    long base = random.nextInt(4) * 1_000_000_007L;
    for (int i = 0; i < 400; i++) {
      switch (random.nextInt(12)) {
        case 0 -> {
          mark = Math.max(mark, base + random.nextInt(1500));
          ledger.settle(mark);
        }
        case 1 -> {
          ledger.saveChanges(store);
          ledger.markCommitted();
          durable.addAll(applied);
          durableMark = mark;
        }
        case 2 -> {
          // A crash: uncommitted numbers and marks are lost.
          ledger = new Ledger("topic/0");
          ledger.settle(durableMark);
          Ledger restored = ledger;
          store.forEach((source, chunk, state) -> restored.restore(chunk, state, all -> all));
          ledger.markRestored();
          applied = new HashSet<>(durable);
          mark = durableMark;
        }
        default -> {
          long number = base + random.nextInt(2000);
          boolean known = number < mark || applied.contains(number);
          assertThat(ledger.contains(number)).as("seed %d", seed).isEqualTo(known);
          assertThat(ledger.isDurable(number))
              .as("seed %d", seed)
              .isEqualTo(number < mark || durable.contains(number));
          if (!known) {
            boolean answers = random.nextBoolean();
            applied.add(number);
            answered.put(number, answers);
            ledger.add(number, answers ? answer(number) : List.of());
          } else if (number >= mark) {
            assertThat(ledger.outputs(number))
                .as("seed %d", seed)
                .isEqualTo(answered.get(number) ? answer(number) : List.of());
          } else {
            assertThat(ledger.outputs(number)).isEmpty();
          }
        }
      }
    }
  }

  @Example
  void shards_united_giveEveryIdAndOnlyTheAnswersOwned() {
    Ledger one = new Ledger("topic/0");
    Ledger two = new Ledger("topic/0");
    one.add(3, answer(3));
    one.add(300, answer(300));
    two.add(4, answer(4));
    Ledger united = new Ledger("topic/0");
    for (Ledger each : List.of(one, two)) {
      Snapshot<Object> saved = new Snapshot<>();
      each.save(saved);
      saved.forEach(
          (source, chunk, state) ->
              united.restore(
                  chunk,
                  state,
                  all ->
                      new ArrayList<>(
                          all.stream().filter(f -> f.ownerKey().equals("key0")).toList())));
    }
    united.markRestored();
    assertThat(united.ids()).isEqualTo(3);
    assertThat(united.contains(3) && united.contains(4) && united.contains(300)).isTrue();
    assertThat(united.contains(5)).isFalse();
    assertThat(united.outputs(3)).isEqualTo(answer(3));
    assertThat(united.outputs(300)).isEqualTo(answer(300));
    assertThat(united.outputs(4)).isEmpty();
  }

  @Example
  void oldId_belowWhatIsKept_countsAsAppliedAndHasNoAnswers() {
    Ledger ledger = new Ledger("topic/0");
    for (long offset = 0; offset < 10_000; offset++) {
      ledger.add(offset, answer(offset));
      ledger.bound(1000);
    }
    assertThat(ledger.contains(17)).isTrue();
    assertThat(ledger.outputs(17)).isEmpty();
    assertThat(ledger.outputs(9_500)).isEqualTo(answer(9_500));
    assertThat(ledger.contains(10_000)).isFalse();
  }

  @Example
  void id_appliedTwice_isRefused() {
    Ledger ledger = new Ledger("topic/0");
    ledger.add(5, List.of());
    assertThatThrownBy(() -> ledger.add(5, List.of()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("number must not be in the ledger already: 5");
  }
}
