package io.thalweg.storm.testing;

import io.thalweg.ProcessorFactory;
import io.thalweg.storm.Decoder;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.TupleMapping;
import org.apache.storm.topology.IRichBolt;

/** Makes the bolts that users have. */
record ProcessorBolts() implements Variant.Bolts {
  @Override
  public <O> IRichBolt bolt(
      ProcessorFactory<String, Long, O> factory, Decoder<Long> decoder, TupleMapping<O> mapping) {
    return new ProcessorBolt<>(factory, decoder, mapping);
  }
}
