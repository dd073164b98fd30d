package io.thalweg.storm.testing;

import io.thalweg.ProcessorFactory;
import io.thalweg.storm.Decoder;
import io.thalweg.storm.TupleMapping;
import java.util.Set;
import org.apache.storm.topology.IRichBolt;

/** Makes naive bolts that commit once so many tuples wait, without some of their safeguards. */
record NaiveBolts(int budget, Set<NaiveBolt.Guard> off) implements Variant.Bolts {
  @Override
  public <O> IRichBolt bolt(
      ProcessorFactory<String, Long, O> factory, Decoder<Long> decoder, TupleMapping<O> mapping) {
    return new NaiveBolt<>(factory, decoder, mapping, budget, off);
  }
}
