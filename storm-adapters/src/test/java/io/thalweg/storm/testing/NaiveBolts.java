package io.thalweg.storm.testing;

import io.thalweg.ProcessorFactory;
import io.thalweg.storm.Decoder;
import io.thalweg.storm.TupleMapping;
import java.util.Set;
import org.apache.storm.topology.IRichBolt;

/**
 * Makes naive bolts that commit once so many events wait, without some of their safeguards; with
 * every heartbeat they may give early results.
 */
record NaiveBolts(int budget, boolean early, Set<NaiveBolt.Guard> off) implements Variant.Bolts {
  NaiveBolts(int budget, Set<NaiveBolt.Guard> off) {
    this(budget, false, off);
  }

  @Override
  public <O> IRichBolt bolt(
      ProcessorFactory<String, Long, O> factory, Decoder<Long> decoder, TupleMapping<O> mapping) {
    return new NaiveBolt<>(factory, decoder, mapping, budget, early, off);
  }
}
