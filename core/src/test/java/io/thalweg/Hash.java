package io.thalweg;

import io.thalweg.testing.Sample;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;

/** State that depends on the events and their order. */
final class Hash {

  long hash;
  long events;

  static final Codec<Hash> CODEC =
      new Codec<>() {
        @Override
        public String name() {
          return "hash";
        }

        @Override
        public void write(Hash value, DataOutput out) throws IOException {
          out.writeLong(value.hash);
          out.writeLong(value.events);
        }

        @Override
        public Hash read(DataInput in, int version) throws IOException {
          Hash hash = new Hash();
          hash.hash = in.readLong();
          hash.events = in.readLong();
          return hash;
        }
      };

  long add(Sample event, long timestamp) {
    events++;
    hash = 31 * hash + Objects.hash(event, timestamp);
    return hash;
  }

  static Processor<String, Sample, Object> processor(long idle) {
    return Processor.keyed(
        Hash::new,
        CODEC,
        Duration.ofMillis(idle),
        (hash, key, event, timestamp, out) -> {
          out.emit(key, hash.add(event, timestamp));
          out.emit(key, hash.events);
        });
  }
}
