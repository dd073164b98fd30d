package io.thalweg;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * The binary form of a value that is large and changes little at a time: after the whole, only
 * changes are written, which add up to a journal. A value read as a whole, into which the changes
 * written since are read in their order, behaves as the original, bit for bit.
 *
 * <p>If an aggregate's codec is of this kind, {@link Processor#saveChanges} of its tumbling,
 * sliding, cumulative and global windows writes changes of states. A value notes what changes from
 * the first {@link #startDeltas} on, until it is cleared.
 *
 * @param <T> the values, mutable
 */
public interface DeltaCodec<T> extends Codec<T> {

  /**
   * Says that the whole is written now: changes are noted from here on, in a journal that is empty.
   *
   * @param value the value, which behaves as before
   */
  void startDeltas(T value);

  /**
   * Whether the whole is to be written, because changes are not noted or the journal has grown as
   * long as the whole.
   *
   * @param value the value, unchanged
   * @return true if {@link #writeDelta} must not be called
   */
  boolean needsFull(T value);

  /**
   * Writes what changed since {@link #startDeltas} or the last call of this method.
   *
   * @param value the value, which behaves as before
   * @param out where to write
   * @throws IOException if the sink fails
   */
  void writeDelta(T value, DataOutput out) throws IOException;

  /**
   * Reads changes into a value that is as it was before them.
   *
   * @param value the value to change
   * @param in what {@link #writeDelta} wrote
   * @param version the version that wrote it, from 1 to {@link #version}
   * @throws IOException if the source fails or its content is not a change of a value
   */
  void readDelta(T value, DataInput in, int version) throws IOException;
}
