package io.thalweg.feature;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** The first and the last value of a window; NaN if it has none. */
final class Ends {

  private static final Codec<Ends> CODEC =
      Codec.of("thalweg.feature.ends", Ends::write, Ends::read);

  private double first = Double.NaN;
  private double last = Double.NaN;

  static Aggregate<EventValues<?>, Ends, Ends> of(int field) {
    return Aggregate.of(
        Ends::new,
        (ends, event) -> ends.append(event.number(field), event.number(field)),
        (target, source) -> target.append(source.first, source.last),
        Ends::clear,
        ends -> ends,
        CODEC);
  }

  void append(double nextFirst, double nextLast) {
    if (!Double.isNaN(nextFirst)) {
      if (Double.isNaN(first)) {
        first = nextFirst;
      }
      last = nextLast;
    }
  }

  void clear() {
    first = Double.NaN;
    last = Double.NaN;
  }

  double first() {
    return first;
  }

  double last() {
    return last;
  }

  private void write(DataOutput out) throws IOException {
    out.writeDouble(first);
    out.writeDouble(last);
  }

  private static Ends read(DataInput in) throws IOException {
    Ends ends = new Ends();
    ends.append(in.readDouble(), in.readDouble());
    return ends;
  }
}
