package io.thalweg.feature;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.List;

/**
 * Statistics over the current tumbling window, or over all events of the key. Memory: the states.
 */
final class SingleTile extends FeatureState {

  /** Description of the statistics. */
  static final class TileSpec extends Spec {
    private final long size;
    private final Aggregate<EventValues<?>, Object, Object>[] aggregates;

    /**
     * @param size the length of the window in milliseconds; 0 for one without an end
     */
    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
    TileSpec(int where, long size, List<Aggregate<EventValues<?>, Object, Object>> aggregates) {
      super(where);
      this.size = size;
      this.aggregates = aggregates.toArray(new Aggregate[0]);
    }

    @Override
    FeatureState create() {
      return new SingleTile(this);
    }

    private long tile(EventValues<?> at) {
      return size == 0 ? 0 : Math.floorDiv(at.clock(), size);
    }
  }

  private final TileSpec spec;
  private final Object[] states;
  private boolean empty = true;
  private long tile;

  private SingleTile(TileSpec spec) {
    this.spec = spec;
    states = new Object[spec.aggregates.length];
    for (int i = 0; i < states.length; i++) {
      states[i] = spec.aggregates[i].create();
    }
  }

  @Override
  void seek(EventValues<?> at) {
    if (!empty && tile != spec.tile(at)) {
      clear();
    }
  }

  @Override
  void add(EventValues<?> event) {
    empty = false;
    tile = spec.tile(event);
    for (int i = 0; i < states.length; i++) {
      spec.aggregates[i].add(states[i], event);
    }
  }

  @Override
  Object result(int statistic, EventValues<?> at) {
    return spec.aggregates[statistic].result(states[statistic]);
  }

  @Override
  void clear() {
    empty = true;
    for (int i = 0; i < states.length; i++) {
      spec.aggregates[i].clear(states[i]);
    }
  }

  /** Writes a boolean, true if there are events; then the {@code long} tile and the states. */
  @Override
  void writeHead(DataOutput out) throws IOException {
    out.writeBoolean(!empty);
    if (!empty) {
      out.writeLong(tile);
      for (int i = 0; i < states.length; i++) {
        Codec.writeNested(spec.aggregates[i].codec(), states[i], out);
      }
    }
  }

  @Override
  void readHead(DataInput in) throws IOException {
    empty = !in.readBoolean();
    if (!empty) {
      tile = in.readLong();
      for (int i = 0; i < states.length; i++) {
        states[i] = Codec.readNested(spec.aggregates[i].codec(), in);
      }
    }
  }
}
