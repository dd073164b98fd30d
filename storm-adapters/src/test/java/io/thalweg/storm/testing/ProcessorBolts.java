package io.thalweg.storm.testing;

import io.thalweg.ProcessorFactory;
import io.thalweg.storm.Decoder;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.TupleMapping;
import java.util.function.Consumer;
import org.apache.storm.topology.IRichBolt;

/** Factory of processor bolts with additional settings. */
record ProcessorBolts(boolean arePlain, Consumer<ProcessorBolt<?, ?, ?>> settings)
    implements Variant.Bolts {

  /** Creates a factory of bolts with default settings. */
  ProcessorBolts() {
    this(false, bolt -> {});
  }

  @Override
  public <O> IRichBolt bolt(
      ProcessorFactory<String, Long, O> factory, Decoder<Long> decoder, TupleMapping<O> mapping) {
    ProcessorBolt<String, Long, O> bolt = new ProcessorBolt<>(factory, decoder, mapping);
    settings.accept(bolt);
    return bolt;
  }
}
