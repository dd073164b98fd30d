package io.thalweg.window;

import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** The form of a chunk of a trail: writes one, and reads one into the trail that it belongs to. */
final class TrailCodec<E, R> implements Codec<Trail<E, R>> {

  private final String name;
  private Trail<E, R> reading;
  private long chunk;

  TrailCodec(Trail.Shape<E, R> shape) {
    name = "thalweg.trailing of " + shape.valueName();
  }

  byte[] encode(Trail<E, R> trail, long chunk) {
    this.chunk = chunk;
    return encode(trail);
  }

  void decodeInto(Trail<E, R> trail, byte[] bytes) {
    reading = trail;
    decode(bytes);
  }

  /** Ends the reading of a trail. */
  void complete(Trail<E, R> trail) {
    try {
      trail.complete();
    } catch (IOException e) {
      throw new IllegalArgumentException(name + ": damaged record: " + e, e);
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void write(Trail<E, R> value, DataOutput out) throws IOException {
    value.writeChunk(chunk, out);
  }

  @Override
  public Trail<E, R> read(DataInput in, int version) throws IOException {
    reading.readChunk(in);
    return reading;
  }
}
