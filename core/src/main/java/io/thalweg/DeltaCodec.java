package io.thalweg;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Codec of large values that change little at a time. After the full value it writes deltas, which
 * form a log. A full value into which the later deltas are read in order behaves as the original,
 * bit for bit.
 *
 * <p>If an aggregate has such a codec, {@link Processor#saveChanges} of its tumbling, sliding,
 * cumulative and global windows writes deltas of states. A value tracks its changes from the first
 * {@link #startDeltas} until it is cleared.
 *
 * @param <T> the values, mutable
 */
public interface DeltaCodec<T> extends Codec<T> {

  /**
   * Starts an empty log of deltas, because the full value is written now. Changes are tracked from
   * now on.
   *
   * @param value the value; its results do not change
   */
  void startDeltas(T value);

  /**
   * Returns true if the full value must be written, because changes are not tracked or the log has
   * become as long as the full value.
   *
   * @param value the value, unchanged
   * @return true if {@link #writeDelta} must not be called
   */
  boolean needsFull(T value);

  /**
   * Writes the changes since {@link #startDeltas} or the last call of this method.
   *
   * @param value the value; its results do not change
   * @param out where to write
   * @throws IOException if the sink fails
   */
  void writeDelta(T value, DataOutput out) throws IOException;

  /**
   * Reads a delta into the value that precedes it.
   *
   * @param value the value, changed
   * @param in the bytes of {@link #writeDelta}
   * @param version the version that wrote it, from 1 to {@link #version}
   * @throws IOException if the source fails or its content is not a delta
   */
  void readDelta(T value, DataInput in, int version) throws IOException;
}
