package io.thalweg.storm.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.ProcessorFactory;
import io.thalweg.storm.Decoder;
import io.thalweg.storm.Emission;
import io.thalweg.storm.Guarantee;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.StateStore;
import io.thalweg.storm.TupleFields;
import io.thalweg.storm.TupleMapping;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.task.TopologyContext;
import org.apache.storm.topology.IRichBolt;
import org.apache.storm.topology.OutputFieldsDeclarer;
import org.apache.storm.tuple.Tuple;

/**
 * At least once behind Storm's own spout, with a durable store: every record is in the state or was
 * emitted as late, and it is in the state once if the ledger holds all records in flight.
 */
class PlainSpoutPropertyTest {

  private static final int SEEDS = 500;

  /** Longer than any stream: nothing is late. */
  private static final long DAY = 86_400_000;

  private static final RunProperty ROWS = RunProperty.ofRows(PlainSpoutPropertyTest::bolts);

  private static final RunProperty ROWS_BUT_LATE =
      new RunProperty(
          PlainSpoutPropertyTest::bolts,
          (scenario, outcome) ->
              scenario.differences(scenario.variant().oracle(inTime(scenario, outcome)), outcome));

  private static final RunProperty SOME_ORDER =
      new RunProperty(PlainSpoutPropertyTest::bolts, PlainSpoutPropertyTest::outOfAnyOrder);

  private static ProcessorBolts bolts(Scenario scenario) {
    return bolts(scenario, Emission.AFTER_COMMIT);
  }

  private static ProcessorBolts bolts(Scenario scenario, Emission emission) {
    // Of one partition no more can be in flight, and each id is far from the next.
    return bolts(scenario, emission, scenario.maxUncommittedOffsets());
  }

  private static ProcessorBolts bolts(Scenario scenario, Emission emission, int ledgerSize) {
    return new ProcessorBolts(
        true,
        bolt ->
            bolt.withGuarantee(Guarantee.AT_LEAST_ONCE)
                .withEmission(emission)
                .withDisorder(Duration.ofMillis(scenario.disorder()))
                .withIdleTimeout(Duration.ofMillis(600))
                .withEarlyInterval(Duration.ofMillis(scenario.seed() % 2 == 0 ? 0 : 100))
                .withLedgerSize(ledgerSize));
  }

  /** Each record in a chunk of the ledger of its own, so that its bound is exact. */
  private static Scenario of(long seed, Variant variant, long admitted) {
    return Scenario.of(seed, variant).closed(admitted).withOffsetsTimes(256);
  }

  @Property(tries = 150, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofTumblingWindows_areThoseOfAllRecordsThatWereNotLate(@ForAll long seed) {
    ROWS_BUT_LATE.verify(seed, each -> of(each, Variant.TUMBLING, 0));
  }

  @Property(tries = 150, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofWindowsThatTakeWhatIsLate_areThoseOfAFailureFreeRun(@ForAll long seed) {
    ROWS.verify(seed, each -> of(each, Variant.TUMBLING_LATE, DAY));
  }

  @Property(tries = 150, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofSessionsThatTakeWhatIsLate_areThoseOfAFailureFreeRun(@ForAll long seed) {
    ROWS.verify(seed, each -> of(each, Variant.SESSION, DAY));
  }

  @Property(tries = 150, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void answers_thatDependOnOrder_areThoseOfSomeOrderOfAllRecords(@ForAll long seed) {
    SOME_ORDER.verify(seed, each -> of(each, Variant.RUNNING, 0));
  }

  @Property(tries = 100, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void answers_thatLeaveAtOnce_areThoseOfSomeOrderOfAllRecords(@ForAll long seed) {
    SOME_ORDER
        .by(scenario -> bolts(scenario, Emission.AT_ONCE))
        .verify(seed, each -> of(each, Variant.RUNNING, 0));
  }

  @Property(tries = 150, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofWindowsBehindAMapper_areThoseOfAllRecordsThatWereNotLate(@ForAll long seed) {
    ROWS_BUT_LATE.verify(seed, each -> of(each, Variant.CHAIN_MAP, 0));
  }

  @Property(tries = 100, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  void rows_ofARunWithoutFailures_comeOnceAndFromEachRecordOnce(
      @ForAll long seed, @ForAll boolean chain) {
    Scenario scenario = of(seed, chain ? Variant.CHAIN_LATE : Variant.SESSION, DAY).with(List.of());
    // Without a heartbeat a task may wait a second for a tick, and so may the one behind.
    Outcome outcome = scenario.simulation(bolts(scenario)).messageTimeoutMillis(10_000).run();
    assertThat(scenario.violations(outcome)).as("%s", scenario).isEmpty();
    assertThat(repeated(outcome)).as("%s", scenario).isEmpty();
  }

  // That they bite

  @Example
  void promise_isBrokenByALedgerThatHoldsLessThanIsInFlight() {
    assertThat(
            ROWS.by(scenario -> bolts(scenario, Emission.AFTER_COMMIT, 1))
                .firstBroken(SEEDS, seed -> of(seed, Variant.TUMBLING_LATE, DAY)))
        .isNotNull();
  }

  @Example
  void promises_areBrokenByABoltThatAcksOnArrival() {
    assertThat(ROWS.by(Hasty::new).firstBroken(SEEDS, seed -> of(seed, Variant.TUMBLING_LATE, DAY)))
        .isNotNull();
    assertThat(ROWS_BUT_LATE.by(Hasty::new).firstBroken(SEEDS, s -> of(s, Variant.TUMBLING, 0)))
        .isNotNull();
    assertThat(SOME_ORDER.by(Hasty::new).firstBroken(SEEDS, s -> of(s, Variant.RUNNING, 0)))
        .isNotNull();
  }

  /** Why effectively once needs another spout. */
  @Example
  void records_thatAreRepeated_mayBeLate() {
    assertThat(ROWS.firstBroken(SEEDS, seed -> of(seed, Variant.TUMBLING, 0))).isNotNull();
  }

  /** Factory of bolts that ack a tuple before it is durable. */
  private record Hasty(Scenario scenario) implements Variant.Bolts {
    @Override
    public boolean arePlain() {
      return true;
    }

    @Override
    public <O> IRichBolt bolt(
        ProcessorFactory<String, Long, O> factory, Decoder<Long> decoder, TupleMapping<O> mapping) {
      return new HastyBolt(
          (ProcessorBolt<?, ?, ?>) bolts(scenario).bolt(factory, decoder, mapping));
    }
  }

  private static final class HastyBolt implements IRichBolt {
    private static final long serialVersionUID = 1;
    private final ProcessorBolt<?, ?, ?> bolt;
    private transient OutputCollector collector;

    HastyBolt(ProcessorBolt<?, ?, ?> bolt) {
      this.bolt = bolt;
    }

    @Override
    public void prepare(
        Map<String, Object> conf, TopologyContext context, OutputCollector collector) {
      this.collector = collector;
      bolt.withStateStore((StateStore) conf.get(Simulation.STORE));
      bolt.prepare(
          conf,
          context,
          new OutputCollector(collector) {
            @Override
            public void ack(Tuple tuple) {} // it is
          });
    }

    @Override
    public void execute(Tuple tuple) {
      collector.ack(tuple);
      bolt.execute(tuple);
    }

    @Override
    public void declareOutputFields(OutputFieldsDeclarer declarer) {
      bolt.declareOutputFields(declarer);
    }

    @Override
    public Map<String, Object> getComponentConfiguration() {
      return bolt.getComponentConfiguration();
    }

    @Override
    public void cleanup() {
      bolt.cleanup();
    }
  }

  private static List<TopicRecord> inTime(Scenario scenario, Outcome outcome) {
    Set<String> late = new HashSet<>();
    outcome.late().forEach(l -> late.add(l.get("partition") + "/" + l.get("offset")));
    return scenario.records().stream()
        .filter(r -> !late.contains(r.partition() + "/" + r.offset()))
        .toList();
  }

  /** Returns the answers that are not those of applying each record of a key once, in any order. */
  private static List<String> outOfAnyOrder(Scenario scenario, Outcome outcome) {
    List<String> violations = scenario.unfinished(outcome);
    Map<String, String> answers = new TreeMap<>();
    outcome.rows().forEach((id, row) -> answers.put(id, (String) row.get("answer")));
    record Answer(long count, long sum, long value) {}
    Map<Object, List<Answer>> ofKeys = new TreeMap<>();
    for (TopicRecord r : scenario.records()) {
      String answer = answers.remove(Variant.id("a", r.partition(), r.offset(), "0"));
      if (answer == null) {
        violations.add("lost " + r);
        continue;
      }
      String[] totals = answer.split(" ");
      ofKeys
          .computeIfAbsent(r.key(), key -> new ArrayList<>())
          .add(
              new Answer(
                  Long.parseLong(totals[0]), Long.parseLong(totals[1]), Variant.decode(r.value())));
    }
    answers.forEach((id, answer) -> violations.add("ghost " + id + ": " + answer));
    ofKeys.forEach(
        (key, all) -> {
          all.sort(Comparator.comparingLong(Answer::count));
          long sum = 0;
          for (int i = 0; i < all.size(); i++) {
            Answer answer = all.get(i);
            sum += answer.value;
            if (answer.count != i + 1 || answer.sum != sum) {
              violations.add("not number " + (i + 1) + " of " + key + ": " + answer);
            }
          }
        });
    outcome.late().forEach(late -> violations.add("late " + late));
    return violations;
  }

  private static List<String> repeated(Outcome outcome) {
    Set<List<Object>> seen = new HashSet<>();
    List<String> repeated = new ArrayList<>();
    for (Map<String, Object> result : outcome.results()) {
      if (!seen.add(
          List.of(
              result.get(TupleFields.ID),
              result.get(TupleFields.EPOCH),
              result.get(TupleFields.NUMBER)))) {
        repeated.add("repeated " + result.get(TupleFields.ID));
      }
    }
    return repeated;
  }
}
