package io.thalweg.storm.testing;

import io.thalweg.ProcessorFactory;
import io.thalweg.storm.Decoder;
import io.thalweg.storm.TupleMapping;
import java.util.Set;
import org.apache.storm.topology.IRichBolt;

/**
 * Factory of reference bolts.
 *
 * @param budget the number of pending events at which a commit is due
 * @param early true if early results are computed with every heartbeat
 * @param off the safeguards that are switched off
 */
record ReferenceBolts(int budget, boolean early, Set<ReferenceBolt.Guard> off)
    implements Variant.Bolts {
  ReferenceBolts(int budget, Set<ReferenceBolt.Guard> off) {
    this(budget, false, off);
  }

  @Override
  public <O> IRichBolt bolt(
      ProcessorFactory<String, Long, O> factory, Decoder<Long> decoder, TupleMapping<O> mapping) {
    return new ReferenceBolt<>(factory, decoder, mapping, budget, early, off);
  }
}
